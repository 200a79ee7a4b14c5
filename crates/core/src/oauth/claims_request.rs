//! The `claims` parameter (OpenID Connect Core §5.5): single claims for the ID token and the userinfo answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::OAuthError;
use super::user_claims::scope_of;
use crate::portal::application::SignInScope;

/// Longest text in bytes.
const LONGEST: usize = 4 * 1024;

/// Most claims of one member.
const MOST: usize = 50;

/// What was asked for. Unknown members and claims are ignored, as §5.5 wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ClaimsRequest {
    /// For the ID token.
    #[serde(default)]
    pub id_token: BTreeMap<String, Option<Wanted>>,
    /// For the userinfo answer.
    #[serde(default)]
    pub userinfo: BTreeMap<String, Option<Wanted>>,
}

/// How one claim is wanted (§5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Wanted {
    /// Whether the application cannot go on without it.
    #[serde(default)]
    pub essential: bool,
    /// The one value that will do.
    pub value: Option<Value>,
    /// The values that will do, the preferred one first.
    #[serde(default)]
    pub values: Vec<Value>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` for anything but an object of objects, or too much of it.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > LONGEST {
            return Err(OAuthError::invalid_request("claims is longer than 4 KiB"));
        }
        // serde would read an array as an object's members in order.
        let object = text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok());
        let request: Self = object.flatten().ok_or_else(|| {
            OAuthError::invalid_request(
                "claims is not a JSON object with the members id_token and userinfo, each an object of claims",
            )
        })?;
        if request.id_token.len() > MOST || request.userinfo.len() > MOST {
            return Err(OAuthError::invalid_request("claims names more than 50 claims"));
        }
        Ok(request)
    }

    /// Every claim that it names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.id_token.keys().chain(self.userinfo.keys()).map(String::as_str)
    }

    /// The claims for the ID token that belong to one of the scopes which the application is approved for.
    pub fn approved_for_id_token<'a>(&'a self, approved: &'a [SignInScope]) -> impl Iterator<Item = &'a str> {
        within(&self.id_token, approved)
    }

    /// The same for the userinfo answer.
    pub fn approved_for_userinfo<'a>(&'a self, approved: &'a [SignInScope]) -> impl Iterator<Item = &'a str> {
        within(&self.userinfo, approved)
    }

    /// The parameter again, with nothing in it but the claims that belong to one of these scopes: what is kept with a grant
    /// is what the person was asked about, whatever the application is approved for later. Nothing when none are left.
    pub fn narrowed(&self, approved: &[SignInScope]) -> Option<String> {
        let of = |claims| within(claims, approved).map(|name| (name.to_owned(), Value::Null)).collect::<Map<_, _>>();
        let (id_token, userinfo) = (of(&self.id_token), of(&self.userinfo));
        let is_empty = id_token.is_empty() && userinfo.is_empty();
        (!is_empty).then(|| json!({ "id_token": id_token, "userinfo": userinfo }).to_string())
    }

    /// The subject that the application means, if it names one.
    pub fn subject(&self) -> Option<Vec<&str>> {
        let of = |claims: &'_ BTreeMap<String, Option<Wanted>>| claims.get("sub").cloned().flatten();
        let wanted = of(&self.id_token).or_else(|| of(&self.userinfo))?;
        (!wanted.accepted().is_empty()).then(|| self.texts("sub"))
    }

    /// The classes of authentication without which the application cannot go on (§5.5.1.1).
    pub fn essential_acr(&self) -> Vec<&str> {
        match self.id_token.get("acr") {
            Some(Some(wanted)) if wanted.essential => self.texts("acr"),
            _ => Vec::new(),
        }
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        let members = [&self.id_token, &self.userinfo];
        let wanted = members.into_iter().filter_map(|claims| claims.get(name)?.as_ref());
        wanted.flat_map(Wanted::accepted).filter_map(Value::as_str).collect()
    }
}

fn within<'a>(
    claims: &'a BTreeMap<String, Option<Wanted>>,
    approved: &'a [SignInScope],
) -> impl Iterator<Item = &'a str> {
    let may = |name: &&str| scope_of(name).is_some_and(|scope| approved.iter().any(|own| own.as_str() == scope));
    claims.keys().map(String::as_str).filter(may)
}

impl Wanted {
    fn accepted(&self) -> Vec<&Value> {
        self.value.iter().chain(&self.values).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_example_of_the_specification() {
        let text = r#"{
            "userinfo": {
                "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                "http://example.info/claims/groups": null},
            "id_token": {"auth_time": {"essential": true}, "acr": {"essential": true, "values": ["phr"]}}}"#;
        let request = ClaimsRequest::parse(text).expect("parses");
        assert_eq!(request.essential_acr(), ["phr"]);
        assert_eq!(request.names().count(), 6);
        assert_eq!(request.subject(), None);
    }

    #[test]
    fn approved_scopes_decide() {
        let text = r#"{"userinfo": {"email": null, "name": null, "role": null}, "id_token": {"name": null}}"#;
        let request = ClaimsRequest::parse(text).expect("parses");
        let approved = [SignInScope::Openid, SignInScope::Email];
        assert_eq!(request.approved_for_userinfo(&approved).collect::<Vec<_>>(), ["email"]);
        assert_eq!(request.approved_for_id_token(&approved).count(), 0);
        assert_eq!(request.approved_for_id_token(&[SignInScope::Profile]).collect::<Vec<_>>(), ["name"]);
    }

    #[test]
    fn keeps_what_was_asked_about() {
        let text = r#"{"userinfo": {"email": {"essential": true}, "name": null}, "id_token": {"acr": null}}"#;
        let request = ClaimsRequest::parse(text).expect("parses");
        let kept = request.narrowed(&[SignInScope::Openid, SignInScope::Email]).expect("one is left");
        let kept = ClaimsRequest::parse(&kept).expect("parses");
        assert_eq!(kept.names().collect::<Vec<_>>(), ["email"]);
        assert_eq!(request.narrowed(&[SignInScope::Phone]), None);
    }

    #[test]
    fn names_a_subject() {
        let request = ClaimsRequest::parse(r#"{"id_token": {"sub": {"value": "usr_1"}}}"#).expect("parses");
        assert_eq!(request.subject(), Some(vec!["usr_1"]));
        let request = ClaimsRequest::parse(r#"{"id_token": {"sub": null, "acr": {"value": "phr"}}}"#).expect("parses");
        assert_eq!(request.subject(), None);
        assert!(request.essential_acr().is_empty(), "not essential");
    }

    #[test]
    fn refuses_other_forms() {
        let many = (0..51).map(|n| format!("\"c{n}\":null")).collect::<Vec<_>>().join(",");
        let deep = format!("{{\"userinfo\":{{\"a\":{}{}}}}}", "[".repeat(200), "]".repeat(200));
        for bad in
            ["", "[]", "\"a\"", "{\"id_token\":[]}", "{\"id_token\":{\"acr\":\"phr\"}}", &deep, &"{".repeat(5_000)]
        {
            assert!(ClaimsRequest::parse(bad).is_err(), "{bad}");
        }
        assert!(ClaimsRequest::parse(&format!("{{\"userinfo\":{{{many}}}}}")).is_err());
    }
}
