//! Claims about a person (OpenID Connect Core §5.1, §5.4, §5.5), for the userinfo answer and the ID token.

use serde_json::{Map, Value, json};

use crate::identity::profile::Profile;
use crate::identity::user::User;

/// Every claim that may be had, with the scope that it belongs to.
pub const CLAIMS: &[(&str, &str)] = &[
    ("name", "profile"),
    ("given_name", "profile"),
    ("family_name", "profile"),
    ("nickname", "profile"),
    ("preferred_username", "profile"),
    ("picture", "profile"),
    ("website", "profile"),
    ("birthdate", "profile"),
    ("zoneinfo", "profile"),
    ("locale", "profile"),
    ("updated_at", "profile"),
    ("email", "email"),
    ("email_verified", "email"),
    ("address", "address"),
    ("phone_number", "phone"),
    ("phone_number_verified", "phone"),
];

/// The scope that a claim belongs to; `None` for claims that are not of the person.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    CLAIMS.iter().find(|(name, _)| *name == claim).map(|(_, scope)| *scope)
}

/// A person with what they let applications know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub user: User,
    /// The rest.
    pub profile: Profile,
}

impl Person {
    /// The claims of these names that there are; what the person never said is absent (§5.3.2).
    pub fn claims<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Map<String, Value> {
        names.into_iter().filter_map(|name| Some((name.to_owned(), self.claim(name)?))).collect()
    }

    /// The claims of these scopes.
    pub fn claims_of_scopes(&self, has: impl Fn(&str) -> bool) -> Map<String, Value> {
        self.claims(CLAIMS.iter().filter(|(_, scope)| has(scope)).map(|(name, _)| *name))
    }

    fn claim(&self, name: &str) -> Option<Value> {
        let Self { user, profile } = self;
        let text = |text: &Option<String>| text.clone().map(Value::String);
        match name {
            "name" => Some(json!(user.name)),
            "given_name" => text(&profile.given_name),
            "family_name" => text(&profile.family_name),
            "nickname" => text(&profile.nickname),
            "preferred_username" => text(&profile.preferred_username),
            "picture" => text(&profile.picture),
            "website" => text(&profile.website),
            "birthdate" => text(&profile.birthdate),
            "zoneinfo" => Some(json!(user.time_zone)),
            "locale" => text(&profile.locale),
            "updated_at" => Some(json!(user.updated_at.as_secs())),
            "email" => Some(json!(user.email.as_typed())),
            "email_verified" => Some(json!(user.is_verified())),
            "address" => profile.address.as_ref().map(|address| json!(address)),
            "phone_number" => text(&profile.phone_number),
            // Nobody has called it.
            "phone_number_verified" => profile.phone_number.as_ref().map(|_| json!(false)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::email::Email;
    use crate::identity::user::{Role, UserState};
    use crate::random::SeededRandom;
    use crate::time::Timestamp;

    fn person() -> Person {
        let now = Timestamp::from_secs(1_000);
        let user = User {
            id: crate::id::UserId::new(now, &SeededRandom::new(1)),
            email: Email::parse("Ann@example.com").expect("an address"),
            email_verified_at: Some(now),
            name: "Ann".into(),
            role: Role::Developer,
            state: UserState::Active,
            time_zone: "Europe/Zurich".into(),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        Person { user, profile: Profile { phone_number: Some("+41441234567".into()), ..Profile::default() } }
    }

    #[test]
    fn by_scope_what_there_is() {
        let of = |scope: &str| Value::Object(person().claims_of_scopes(|one| one == scope));
        let profile = json!({"name": "Ann", "zoneinfo": "Europe/Zurich", "updated_at": 1_000});
        assert_eq!(of("profile"), profile);
        assert_eq!(of("email"), json!({"email": "Ann@example.com", "email_verified": true}));
        assert_eq!(of("phone"), json!({"phone_number": "+41441234567", "phone_number_verified": false}));
        assert_eq!(of("address"), json!({}));
        assert_eq!(of("openid"), json!({}));
    }

    #[test]
    fn by_name() {
        let claims = person().claims(["email", "nickname", "sub", "role"]);
        assert_eq!(Value::Object(claims), json!({"email": "Ann@example.com"}));
        assert_eq!(scope_of("email"), Some("email"));
        assert_eq!(scope_of("role"), None);
    }
}
