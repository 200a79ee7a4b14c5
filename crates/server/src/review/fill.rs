//! Picking a canned reply without script: the form is sent to the page, which shows it again with the text in its box.

use gatehouse_core::id::ScopeId;
use gatehouse_core::portal::canned_reply::{CannedReply, ReplyKind, filled};

use super::show::Typed;
use crate::actions::access_requests::Dossier;
use crate::portal::choice::Choice;

/// What there is to pick for one kind of box; the first choice picks nothing.
pub(super) fn choices(replies: &[CannedReply], kind: ReplyKind) -> Vec<Choice> {
    let of_kind = replies.iter().filter(|reply| reply.kind == kind);
    let mut choices: Vec<_> = of_kind.map(|reply| Choice::new(reply.id.to_string(), &reply.title)).collect();
    if !choices.is_empty() {
        choices.insert(0, Choice::new("", "Pick a canned reply…"));
    }
    choices
}

/// The question with the picked text.
pub(super) fn question(dossier: &Dossier, typed: &str, picked: &str) -> String {
    with(dossier, (typed, picked), ReplyKind::Question)
}

/// The form of the decision with the picked text as the reason for declining a scope.
pub(super) fn decline(dossier: &Dossier, mut typed: Typed, (scope, picked): (ScopeId, &str)) -> Typed {
    if picked.is_empty() {
        return typed;
    }
    let reason = typed.verdicts.reasons.entry(scope).or_default();
    *reason = with(dossier, (reason.as_str(), picked), ReplyKind::Decline);
    typed.verdicts.verdicts.insert(scope, "declined".to_owned());
    typed
}

fn with(dossier: &Dossier, (typed, picked): (&str, &str), kind: ReplyKind) -> String {
    let found = dossier.replies.iter().find(|reply| reply.kind == kind && reply.id.to_string() == picked);
    found.map_or_else(|| typed.to_owned(), |reply| filled(typed, &reply.body))
}
