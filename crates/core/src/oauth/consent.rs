//! What a customer is asked before an application may do something in their name (`product.md`, journey 4).

use crate::id::{ApplicationId, ConsentId, UserId};
use crate::oauth::authorization_server::ServerId;
use crate::portal::scope::Consent as Rule;
use crate::time::Timestamp;

/// A customer's standing permission to one application on one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// On which server.
    pub server_id: ServerId,
    /// To which application.
    pub application_id: ApplicationId,
    /// Whose.
    pub user_id: UserId,
    /// What was allowed so far.
    pub scopes: Vec<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
}

/// Whether the application may pass over the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// One of the company's own, by an operator's choice.
    First,
    /// Everybody else's.
    Third,
}

/// A scope that is asked for, with its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Its name.
    pub name: &'a str,
    /// The rule of its API; scopes about the person are [`Rule::Required`].
    pub rule: Rule,
}

/// The rule of scopes about the person. `openid` alone is asked about, too: otherwise any application learned without a
/// page who it is that comes by, as long as they are signed in here (OpenID Connect Core §3.1.2.4).
pub const ABOUT_THE_PERSON: Rule = Rule::Required;

/// The scopes that the customer has to be asked about. Empty: nothing is asked. As soon as one scope has to be asked
/// about, the page shows all of them.
///
/// An application of the first party passes over the question by `skip_consent`, which an operator sets for all of its
/// scopes at once. `prompt=consent` asks again whatever was remembered (OpenID Connect Core §3.1.2.1).
pub fn to_ask<'a>(asked: &[Asked<'a>], remembered: &[String], party: Party, again: Again) -> Vec<&'a str> {
    let needs = |one: &&Asked<'_>| {
        one.rule != Rule::Implicit
            && (again == Again::Yes || (party == Party::Third && !remembered.iter().any(|name| name == one.name)))
    };
    asked.iter().filter(needs).map(|one| one.name).collect()
}

/// Whether the request wants the question asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// `prompt=consent`.
    Yes,
    /// Only what is new is asked.
    No,
}

/// What the customer allowed: everything asked for but those scopes that may be left out and were.
pub fn allowed<'a>(asked: &[Asked<'a>], ticked: impl Fn(&str) -> bool) -> Vec<&'a str> {
    asked.iter().filter(|one| one.rule != Rule::Flexible || ticked(one.name)).map(|one| one.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &[Asked<'_>] = &[
        Asked { name: "openid", rule: ABOUT_THE_PERSON },
        Asked { name: "email", rule: Rule::Required },
        Asked { name: "a:read", rule: Rule::Implicit },
        Asked { name: "a:write", rule: Rule::Flexible },
    ];

    #[test]
    fn asks_about_what_is_new() {
        let remembered = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let ask = |names: &[&str], party, again| to_ask(ASKED, &remembered(names), party, again);
        assert_eq!(ask(&[], Party::Third, Again::No), ["openid", "email", "a:write"]);
        assert_eq!(ask(&["openid", "email"], Party::Third, Again::No), ["a:write"]);
        assert!(ask(&["openid", "email", "a:write"], Party::Third, Again::No).is_empty());
        assert_eq!(ask(&["openid", "email", "a:write"], Party::Third, Again::Yes), ["openid", "email", "a:write"]);
        assert!(ask(&[], Party::First, Again::No).is_empty());
        assert_eq!(ask(&[], Party::First, Again::Yes), ["openid", "email", "a:write"]);
    }

    #[test]
    fn only_flexible_ones_may_be_left_out() {
        assert_eq!(allowed(ASKED, |_| false), ["openid", "email", "a:read"]);
        assert_eq!(allowed(ASKED, |_| true), ["openid", "email", "a:read", "a:write"]);
    }
}
