//! Plans and scopes in words.

use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::api::{Plan, VersionState};
use gatehouse_core::portal::scope::Sensitivity;

/// `6,000 calls a minute for each application`, without the last words.
pub(in crate::portal) fn plan(plan: Plan) -> String {
    let window = match plan.window {
        1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        3_600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        seconds if seconds % 3_600 == 0 => format!("in {} hours", seconds / 3_600),
        seconds if seconds % 60 == 0 => format!("in {} minutes", seconds / 60),
        seconds => format!("in {seconds} seconds"),
    };
    format!("{} {window}", count(plan.limit, "call"))
}

/// `1 scope`, `1,200 scopes`
pub(in crate::portal) fn count(number: i64, unit: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {unit}{}", if number == 1 { "" } else { "s" })
}

/// Tone and word of a sensitivity.
pub(super) const fn sensitivity(of: Sensitivity) -> (&'static str, &'static str) {
    match of {
        Sensitivity::Normal => ("plain", "Normal"),
        Sensitivity::Sensitive => ("warning", "Sensitive"),
        Sensitivity::Restricted => ("danger", "Restricted"),
    }
}

/// Tone and word of a version's state.
pub(super) const fn version_state(of: VersionState) -> (&'static str, &'static str) {
    match of {
        VersionState::Published => ("good", "Current"),
        VersionState::Deprecated => ("warning", "Deprecated"),
        VersionState::Draft | VersionState::Retired => ("plain", "Not served"),
    }
}

/// On whose behalf a scope can be used.
pub(super) fn who_asks(grant_types: &[GrantType]) -> &'static str {
    let by_itself = grant_types.contains(&GrantType::ClientCredentials);
    let for_customers = grant_types.contains(&GrantType::AuthorizationCode);
    match (by_itself, for_customers) {
        (true, true) => "your application itself, or for a customer who agrees",
        (true, false) => "your application itself",
        (false, true) => "your application, for a customer who agrees",
        (false, false) => "devices and token exchange",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_said_in_words() {
        for (limit, window, words) in [
            (10, 60, "10 calls a minute"),
            (1, 1, "1 call a second"),
            (1_200_000, 3_600, "1,200,000 calls an hour"),
            (6_000, 86_400, "6,000 calls a day"),
            (100, 7_200, "100 calls in 2 hours"),
            (999, 600, "999 calls in 10 minutes"),
            (5, 90, "5 calls in 90 seconds"),
        ] {
            assert_eq!(plan(Plan { limit, window }), words);
        }
    }

    #[test]
    fn scopes_say_for_whom_they_are() {
        assert_eq!(who_asks(&[GrantType::ClientCredentials]), "your application itself");
        assert_eq!(who_asks(&[GrantType::AuthorizationCode]), "your application, for a customer who agrees");
        assert!(who_asks(&[GrantType::AuthorizationCode, GrantType::ClientCredentials]).contains(", or"));
        assert!(who_asks(&[GrantType::DeviceCode]).contains("devices"));
    }
}
