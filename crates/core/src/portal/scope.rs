//! A scope of an API: what people read about it, and what it takes to get it.

pub use super::access_request::Sensitivity;
use crate::field::FieldError;
use crate::id::{ApiId, ScopeId};
use crate::identity::name;
use crate::oauth::authorization_server::ServerId;
use crate::oauth::grant_type::GrantType;
use crate::oauth::scope::{LONGEST_SCOPE, SIGN_IN_SCOPES, is_scope_token};
use crate::time::Timestamp;

/// Longest sentence in characters.
const LONGEST_SENTENCE: usize = 500;

/// Most scopes of one API.
pub const MOST_SCOPES: usize = 200;

/// A scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Its id; entitlements hang on it.
    pub id: ScopeId,
    /// The API that it opens.
    pub api_id: ApiId,
    /// The server of that API, on which the name is unique.
    pub server_id: ServerId,
    /// As clients ask for it: `studies:read`.
    pub name: String,
    /// A few words.
    pub title: String,
    /// What it allows, in a sentence that a customer understands.
    pub sentence: String,
    /// How much harm it can do.
    pub sensitivity: Sensitivity,
    /// Whether a customer is asked.
    pub consent: Consent,
    /// Who may ask for it.
    pub grant_types: Vec<GrantType>,
    /// Place in lists.
    pub position: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
}

crate::text_enum! {
    /// Whether a customer is asked before a token carries the scope.
    Consent, "consent" {
        /// Never asked.
        Implicit = "implicit",
        /// Always asked.
        Required = "required",
        /// Asked, and may be left out of what is allowed.
        Flexible = "flexible",
    }
}

/// Grant types that may ask for a scope when nothing else is said.
pub const DEFAULT_GRANT_TYPES: &[GrantType] =
    &[GrantType::ClientCredentials, GrantType::AuthorizationCode, GrantType::DeviceCode];

/// Everything that is wrong with a scope; empty when it can be saved. `place` is its place in the input.
pub fn check(scope: &Scope, place: usize) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, code, message: String| {
        errors.push(FieldError::new(format!("scopes[{place}].{field}"), code, message));
    };
    if !is_scope_token(&scope.name) {
        wrong("name", "invalid_character", "a scope name has visible ASCII characters but no \" , \\ or blank".into());
    } else if scope.name.len() > LONGEST_SCOPE {
        wrong("name", "too_long", format!("use at most {LONGEST_SCOPE} characters"));
    } else if SIGN_IN_SCOPES.contains(&scope.name.as_str()) {
        wrong("name", "reserved", format!("{} belongs to sign-in and to no API: choose another name", scope.name));
    }
    if let Err(error) = name::parse(&scope.title) {
        wrong("title", error.code(), error.to_string());
    }
    match scope.sentence.chars().count() {
        0 => wrong("sentence", "required", "say in a sentence what the scope allows".into()),
        1..=LONGEST_SENTENCE if scope.sentence.chars().any(char::is_control) => {
            wrong("sentence", "invalid_character", "write one line without control characters".into());
        }
        1..=LONGEST_SENTENCE => {}
        _ => wrong("sentence", "too_long", format!("use at most {LONGEST_SENTENCE} characters")),
    }
    if scope.grant_types.is_empty() {
        wrong("grant_types", "required", "name at least one grant type that may ask for the scope".into());
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    fn scope() -> Scope {
        let random = SeededRandom::new(1);
        Scope {
            id: ScopeId::new(Timestamp::default(), &random),
            api_id: ApiId::new(Timestamp::default(), &random),
            server_id: "default".parse().expect("is an id"),
            name: "studies:read".into(),
            title: "Read studies".into(),
            sentence: "See tests, sessions and transcripts.".into(),
            sensitivity: Sensitivity::Normal,
            consent: Consent::Required,
            grant_types: DEFAULT_GRANT_TYPES.to_vec(),
            position: 0,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn a_good_scope_passes() {
        assert_eq!(check(&scope(), 0), []);
    }

    #[test]
    fn each_rule_names_its_field() {
        type Set = fn(&mut Scope);
        let cases: &[(&str, Set)] = &[
            ("name", |scope| scope.name = String::new()),
            ("name", |scope| scope.name = "a b".into()),
            ("name", |scope| scope.name = "a\"b".into()),
            ("name", |scope| scope.name = "ä".into()),
            ("name", |scope| scope.name = "x".repeat(129)),
            ("name", |scope| scope.name = "openid".into()),
            ("title", |scope| scope.title = " ".into()),
            ("sentence", |scope| scope.sentence = String::new()),
            ("sentence", |scope| scope.sentence = "a\nb".into()),
            ("sentence", |scope| scope.sentence = "x".repeat(501)),
            ("grant_types", |scope| scope.grant_types.clear()),
        ];
        for (field, set) in cases {
            let mut changed = scope();
            set(&mut changed);
            let fields: Vec<_> = check(&changed, 3).into_iter().map(|error| error.field).collect();
            assert_eq!(fields, [format!("scopes[3].{field}")]);
        }
    }
}
