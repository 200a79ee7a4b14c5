//! What was said and done about a request, oldest first.

use gatehouse_core::portal::access_request::{AccessRequestState, MessageKind};
use gatehouse_core::time::Timestamp;

use super::scopes::name;
use super::words;
use crate::actions::access_requests::Dossier;
use crate::portal::moment::Moment;

/// One entry.
pub(super) struct Entry {
    pub(super) tone: &'static str,
    pub(super) title: String,
    pub(super) moment: Moment,
    pub(super) body: String,
    /// The developer never sees it.
    pub(super) is_note: bool,
}

/// The thread with its beginning and its end.
pub(super) fn entries(
    dossier: &Dossier,
    state: AccessRequestState,
    moment: &dyn Fn(Timestamp) -> Moment,
) -> Vec<Entry> {
    let request = &dossier.request;
    let plain = |tone, title, at| Entry { tone, title, moment: moment(at), body: String::new(), is_note: false };
    let mut entries = Vec::new();
    if let Some(at) = request.submitted_at {
        entries.push(plain("plain", format!("{} submitted the request", name(dossier, request.created_by)), at));
    }
    for message in &dossier.thread {
        let (tone, did) = match message.kind {
            MessageKind::Question => ("info", "asked the developer"),
            MessageKind::Answer => ("good", "answered"),
            MessageKind::Reply => ("plain", "wrote"),
            MessageKind::Note => ("warning", "noted for reviewers"),
        };
        entries.push(Entry {
            tone,
            title: format!("{} {did}", name(dossier, message.author_id)),
            moment: moment(message.created_at),
            body: message.body.clone(),
            is_note: message.kind == MessageKind::Note,
        });
    }
    if let Some(at) = request.decided_at {
        let badge = words::state(state);
        entries.push(plain(badge.tone, badge.words.to_owned(), at));
    }
    // Notes may be written after the end.
    entries.sort_by_key(|entry| entry.moment.iso());
    entries
}
