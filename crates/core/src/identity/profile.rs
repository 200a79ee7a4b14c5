//! What a person lets applications know beside name and e-mail address (OpenID Connect Core §5.1).

use serde::{Deserialize, Serialize};
use url::Url;

use crate::field::FieldError;

/// Longest text of one field in characters.
const LONGEST: usize = 200;

/// Every field is optional; a blank one is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// First name or names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Last name or names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// What friends say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// By which the person wants to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// https address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// http(s) address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// BCP 47, such as `de-CH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// E.164, such as `+41441234567`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<PostalAddress>,
}

/// OpenID Connect Core §5.1.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PostalAddress {
    /// Street and number; lines end with `\n`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Zip or postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Everything that is wrong with a profile; empty when it can be saved.
pub fn check(profile: &Profile) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, code, message: &str| errors.push(FieldError::new(field, code, message.to_owned()));
    let address = profile.address.clone().unwrap_or_default();
    let texts = [
        ("given_name", &profile.given_name),
        ("family_name", &profile.family_name),
        ("nickname", &profile.nickname),
        ("preferred_username", &profile.preferred_username),
        ("address.street_address", &address.street_address),
        ("address.locality", &address.locality),
        ("address.region", &address.region),
        ("address.postal_code", &address.postal_code),
        ("address.country", &address.country),
    ];
    for (field, text) in texts {
        let Some(text) = text else { continue };
        let lines = field == "address.street_address";
        if text.chars().count() > LONGEST {
            refuse(field, "too_long", "use at most 200 characters");
        } else if text.chars().any(|c| c.is_control() && !(lines && c == '\n')) {
            refuse(field, "invalid_character", "use letters, digits and punctuation");
        }
    }
    if profile.picture.as_ref().is_some_and(|uri| !is_address(uri, &["https"])) {
        refuse("picture", "invalid", "enter an address that begins with https://");
    }
    if profile.website.as_ref().is_some_and(|uri| !is_address(uri, &["https", "http"])) {
        refuse("website", "invalid", "enter an address that begins with https:// or http://");
    }
    if profile.birthdate.as_ref().is_some_and(|date| !is_birthdate(date)) {
        refuse("birthdate", "invalid", "enter the date as YYYY-MM-DD, 0000-MM-DD or YYYY");
    }
    if profile.locale.as_ref().is_some_and(|locale| !is_locale(locale)) {
        refuse("locale", "invalid", "enter a language such as en or de-CH");
    }
    if profile.phone_number.as_ref().is_some_and(|number| !is_phone_number(number)) {
        refuse("phone_number", "invalid", "enter the number with + and country code, such as +41441234567");
    }
    errors
}

fn is_address(text: &str, schemes: &[&str]) -> bool {
    text.len() <= 2_000 && Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()) && url.host_str().is_some())
}

fn is_birthdate(text: &str) -> bool {
    let year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    // A year of 0000 leaves the year out; 2000 has every day there is.
    let full = text.strip_prefix("0000").map_or_else(|| text.to_owned(), |rest| format!("2000{rest}"));
    year || (text.len() == 10 && full.parse::<jiff::civil::Date>().is_ok())
}

fn is_locale(text: &str) -> bool {
    text.len() <= 35
        && text.split('-').enumerate().all(|(place, part)| {
            let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
            (if place == 0 { 2..=3 } else { 1..=8 }).contains(&part.len())
                && (letters || (place > 0 && part.bytes().all(|byte| byte.is_ascii_alphanumeric())))
        })
}

fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (5..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_one_is_good() {
        let text = r#"{"given_name":"Ann","family_name":"Ö'Neill","nickname":"A","preferred_username":"ann",
            "picture":"https://a.example/p.png","website":"http://a.example","birthdate":"1990-02-28","locale":"de-CH",
            "phone_number":"+41441234567","address":{"street_address":"A 1\nB","locality":"C","country":"CH"}}"#;
        let profile: Profile = serde_json::from_str(text).expect("reads");
        assert_eq!(check(&profile), []);
        assert_eq!(check(&Profile::default()), []);
        assert_eq!(serde_json::to_string(&Profile::default()).expect("writes"), "{}");
    }

    #[test]
    fn each_rule() {
        type Set = fn(&mut Profile, String);
        let cases: &[(&str, Set, &[&str])] = &[
            ("given_name", |profile, text| profile.given_name = Some(text), &["a\u{0}", "a\nb"]),
            ("picture", |profile, text| profile.picture = Some(text), &["http://a.example", "javascript:x", "a"]),
            ("website", |profile, text| profile.website = Some(text), &["javascript:x", "ftp://a.example", "a"]),
            ("birthdate", |profile, text| profile.birthdate = Some(text), &["1990-02-30", "90", "1990-2-3", "x"]),
            ("locale", |profile, text| profile.locale = Some(text), &["", "d", "de_CH", "de-", "1-a"]),
            ("phone_number", |profile, text| profile.phone_number = Some(text), &["1234567", "+0123456", "+12a45678"]),
        ];
        for (field, set, bad) in cases {
            for text in *bad {
                let mut profile = Profile::default();
                set(&mut profile, (*text).to_owned());
                let fields: Vec<_> = check(&profile).into_iter().map(|error| error.field).collect();
                assert_eq!(fields, [*field], "{text:?}");
            }
        }
        assert!(is_birthdate("0000-02-29") && is_birthdate("1990"));
    }
}
