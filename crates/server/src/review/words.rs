//! States as the desk says them: a tone, which decides colour and icon, and a word.

use gatehouse_core::portal::access_request::{AccessRequestState, Sensitivity};
use gatehouse_core::portal::application_change::ApplicationChangeState;
use gatehouse_core::portal::review::{Calendar, Progress};
use gatehouse_core::time::Timestamp;

/// A badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Badge {
    /// Of `ui::badge`.
    pub(super) tone: &'static str,
    /// What people read.
    pub(super) words: &'static str,
}

const fn badge(tone: &'static str, words: &'static str) -> Badge {
    Badge { tone, words }
}

/// Where a request stands, as a reviewer sees it.
pub(super) const fn state(state: AccessRequestState) -> Badge {
    match state {
        AccessRequestState::Draft => badge("plain", "Draft"),
        AccessRequestState::Submitted => badge("info", "New"),
        AccessRequestState::InReview => badge("info", "In review"),
        AccessRequestState::NeedsInformation => badge("plain", "Developer asked"),
        AccessRequestState::Approved => badge("good", "Approved"),
        AccessRequestState::PartlyApproved => badge("good", "Partly approved"),
        AccessRequestState::Declined => badge("danger", "Declined"),
        AccessRequestState::Withdrawn => badge("plain", "Withdrawn"),
        AccessRequestState::Expired => badge("plain", "Expired"),
    }
}

/// Where a change of an application stands.
pub(super) const fn change_state(state: ApplicationChangeState) -> Badge {
    match state {
        ApplicationChangeState::Submitted => badge("info", "Waiting"),
        ApplicationChangeState::Approved => badge("good", "Approved"),
        ApplicationChangeState::Declined => badge("danger", "Declined"),
        ApplicationChangeState::Withdrawn => badge("plain", "Withdrawn"),
    }
}

/// How much harm a scope can do; nothing to say of normal ones.
pub(super) const fn sensitivity(sensitivity: Sensitivity) -> Option<Badge> {
    match sensitivity {
        Sensitivity::Normal => None,
        Sensitivity::Sensitive => Some(badge("warning", "Sensitive")),
        Sensitivity::Restricted => Some(badge("danger", "Restricted")),
    }
}

/// How the review stands against its due time; `None` when there is nothing to wait for.
pub(super) fn due(
    state: AccessRequestState,
    (due_at, asked_at): (Option<Timestamp>, Option<Timestamp>),
    calendar: &Calendar,
    now: Timestamp,
) -> Option<Badge> {
    let due_at = due_at.filter(|_| state.is_open())?;
    Some(match calendar.progress(due_at, asked_at, now) {
        Progress::OnTime => badge("good", "In time"),
        Progress::HalfTime => badge("warning", "Half-time passed"),
        Progress::Overdue => badge("danger", "Overdue"),
        Progress::Stopped => badge("stopped", "Clock stopped"),
    })
}

/// The name of a scope in parts: a line may end after a full stop or a colon.
pub(crate) fn parts(name: &str) -> Vec<&str> {
    name.split_inclusive(['.', ':']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_times_are_said_while_a_request_waits() {
        let calendar = Calendar::default();
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
        let due_at = calendar.due(now);
        let say = |state, asked, at| due(state, (Some(due_at), asked), &calendar, at).map(|badge| badge.words);
        let open = AccessRequestState::InReview;
        assert_eq!(say(open, None, now), Some("In time"));
        assert_eq!(say(open, None, calendar.after(now, calendar.review_time() / 2)), Some("Half-time passed"));
        assert_eq!(say(open, None, due_at), Some("Overdue"));
        assert_eq!(say(AccessRequestState::NeedsInformation, Some(now), due_at), Some("Clock stopped"));
        assert_eq!(say(AccessRequestState::Approved, None, now), None);
        assert_eq!(due(open, (None, None), &calendar, now), None);
    }

    #[test]
    fn names_of_scopes_break_where_their_parts_meet() {
        assert_eq!(parts("public_api.read"), ["public_api.", "read"]);
        assert_eq!(parts("studies:read.all"), ["studies:", "read.", "all"]);
        assert_eq!(parts("openid"), ["openid"]);
    }
}
