//! Why a call was refused, for the owners of the application: more than its caller is told, who proved less.

use std::time::Duration;

use gatehouse_core::time::Timestamp;
use http::StatusCode;

use crate::check::Refused;
use crate::refusal::{Refusal, TokenFault};
use crate::verified::Verified;

/// Longest reason, in bytes.
const LONGEST: usize = 1_000;

/// Sentences. `None` for refusals of which no application is known.
pub(crate) fn why(refused: &Refused, now: Timestamp) -> Option<String> {
    let (api, token) = (refused.api.as_ref()?, refused.token.as_ref()?);
    let mut words = match &refused.refusal {
        Refusal::Token(TokenFault::Expired) => format!(
            "The access token expired {} before the call. Get a new one in time: the token answer says in `expires_in` \
             for how many seconds it is good.",
            in_words(now.since(token.expires))
        ),
        Refusal::Token(TokenFault::NotYet) => {
            let early = in_words(token.begins.since(now));
            format!("The access token becomes valid {early} after the call. Compare the clocks.")
        }
        Refusal::Token(TokenFault::Audience) => format!(
            "The access token was issued for {} and not for this API, {}. Ask for a scope of this API.",
            token.audiences.join(", "),
            api.audience
        ),
        Refusal::Token(TokenFault::Revoked) => "The access token had been revoked: its client secret, the application \
             or the access to this API or its authorization server was taken away or changed. Get a new token."
            .to_owned(),
        Refusal::Scope(alternatives) => missing(alternatives, token),
        Refusal::Quota(standing) => format!(
            "The quota of {} calls per {} was used up. The next window began {} later.",
            standing.limit,
            in_words(api.plan.window),
            in_words(Duration::from_secs(standing.reset))
        ),
        _ => return None,
    };
    if words.len() > LONGEST {
        words.truncate(words.floor_char_boundary(LONGEST));
        words.push('…');
    }
    Some(words)
}

/// Sentences about an error with which the API answered a call that was passed on.
pub(crate) fn answered(status: StatusCode) -> String {
    let hint = match status.as_u16() {
        404 => "nothing is there, or nothing that whoever the token speaks for may see.",
        405 => "the path knows other methods.",
        500..=599 => "it failed, or could not be reached. Try again later.",
        _ => "its answer says what is wrong with the call.",
    };
    format!("The gate passed the call on, and the API answered {}: {hint}", status.as_u16())
}

fn missing(alternatives: &[String], token: &Verified) -> String {
    let needed = match alternatives {
        [] => return "Nobody may call this operation: it names no scope.".to_owned(),
        [one] if one.contains(' ') => format!("The scopes {one} are needed"),
        [one] => format!("The scope {one} is missing"),
        several => format!("One of these is needed: {}", several.join("; or ")),
    };
    if token.scopes.is_empty() {
        format!("{needed}; the token has none.")
    } else {
        format!("{needed}; the token has {}.", token.scopes.join(" "))
    }
}

/// `3 minutes`, in the largest unit of which there is at least one.
fn in_words(time: Duration) -> String {
    let (number, unit) = match time.as_secs() {
        s @ 0..120 => (s, "second"),
        s @ 120..7_200 => (s / 60, "minute"),
        s @ 7_200..172_800 => (s / 3_600, "hour"),
        s => (s / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_words() {
        for (status, words) in [
            (
                StatusCode::NOT_FOUND,
                "answered 404: nothing is there, or nothing that whoever the token speaks for may see.",
            ),
            (StatusCode::BAD_REQUEST, "answered 400: its answer says what is wrong with the call."),
            (StatusCode::BAD_GATEWAY, "answered 502: it failed, or could not be reached. Try again later."),
        ] {
            assert!(answered(status).ends_with(words), "{status}");
        }
    }

    #[test]
    fn times_in_words() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "60 seconds"),
            (180, "3 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
