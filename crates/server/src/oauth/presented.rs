//! An access token that is presented to an endpoint of ours, as it stands now.
//!
//! Everything that was committed before the question is taken in first, on whichever node: what has been taken away is
//! refused at once (`security.md` C). When the database cannot be read nobody knows, so there is no answer.

use std::sync::Arc;

use gatehouse_core::oauth::revocation::CLOCK_SKEW;
use gatehouse_core::portal::application::ApplicationState;
use gatehouse_core::time::Timestamp;
use gatehouse_gate::Verified;

use super::failure::Failure;
use crate::directory::{Client, Server};
use crate::state::App;

/// A token that is good.
pub(super) struct Live {
    /// What it says.
    pub(super) token: Arc<Verified>,
    /// Whose it is.
    pub(super) client: Arc<Client>,
}

/// What a text is worth as an access token of this server; `None` for everything that is not good, whatever the reason.
/// The caller has had [`take_in`](crate::directory::watch::take_in) done.
pub(super) async fn live(app: &App, server: &Server, text: &str, now: Timestamp) -> Result<Option<Live>, Failure> {
    let Some(token) = own(app, server, text) else { return Ok(None) };
    let in_time = now < token.expires && token.begins <= now.plus(CLOCK_SKEW);
    if !in_time || is_revoked(app, &token) || !server.admission.admits(&token.client_id) {
        return Ok(None);
    }
    let client = app.directory.client(&app.ctx, &token.client_id).await?;
    let client = client.filter(|client| client.application.state == ApplicationState::Active);
    Ok(client.map(|client| Live { token, client }))
}

/// What is proved by the signature alone: an access token of this server, good or not.
pub(super) fn own(app: &App, server: &Server, text: &str) -> Option<Arc<Verified>> {
    app.gate.verify(&server.verifying, text).filter(|token| token.issuer == server.issuer)
}

/// Whether it is taken back. One for several APIs is good as long as it is for one of them.
pub(super) fn is_revoked(app: &App, token: &Verified) -> bool {
    let snapshot = app.gate.snapshot();
    token.audiences.iter().all(|audience| snapshot.revocations.cover(token, audience))
}

impl Live {
    /// The scopes of the token that the application still has.
    pub(super) fn scopes(&self, server: &Server, now: Timestamp) -> Vec<&str> {
        let still = |name: &&str| self.client.has(&server.id, name, self.token.on_behalf_of, now);
        self.token.scopes.iter().map(String::as_str).filter(still).collect()
    }
}
