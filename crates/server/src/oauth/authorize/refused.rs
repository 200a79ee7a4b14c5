//! A request that cannot be answered: nobody knows where to, or it would be wrong to go there. The person reads that it
//! is not their fault, the application's owners read why on its usage page. Nothing of the request is shown: whoever made
//! the link would speak through our page.

use askama::Template;
use axum::response::{IntoResponse, Response};
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_gate::refused_calls::Standing;
use gatehouse_store::db::DbError;
use http::StatusCode;

use super::visit::Visit;
use crate::actions::ActionError;
use crate::directory::Client;
use crate::oauth::call::Call;
use crate::portal::chrome::Chrome;
use crate::portal::{failed, page};

/// Why there is no answer to the application.
pub(super) enum Refused {
    /// The address names a server that there is not.
    NoServer,
    /// Shown to the person, noted for the owners where it is known who they are.
    Unanswerable {
        /// The application, if it is one.
        client_id: Option<String>,
        /// For its owners.
        reason: String,
    },
    /// On our side.
    Failed(ActionError),
}

#[derive(Template)]
#[template(path = "authorize/refused.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    request_id: String,
}

impl Refused {
    /// Nobody is known to be meant.
    pub(super) fn because(reason: &'static str) -> Self {
        Self::Unanswerable { client_id: None, reason: reason.to_owned() }
    }

    /// The parameters cannot be read.
    pub(super) fn nobody(error: &OAuthError) -> Self {
        Self::Unanswerable { client_id: None, reason: error.description.to_string() }
    }

    /// This application's mistake, or what became of it.
    pub(super) fn of(client: &Client, reason: impl Into<String>) -> Self {
        Self::Unanswerable { client_id: Some(client.client_id.to_string()), reason: reason.into() }
    }

    pub(super) fn database(error: DbError) -> Self {
        Self::Failed(ActionError::Database(error))
    }

    pub(super) fn into_response(self, visit: &Visit) -> Response {
        let (client_id, reason) = match self {
            Self::NoServer => return no_server(visit),
            Self::Failed(error) => return failed::page(&error, visit.request_id),
            Self::Unanswerable { client_id, reason } => (client_id, reason),
        };
        // For who has no application yet to look at: never what was sent, only what is wrong with it.
        tracing::info!(request.id = %visit.request_id, reason = client_id.as_ref().map_or(reason.as_str(), |_| "noted"), "authorize.refused");
        if let Some(client_id) = client_id {
            note(visit, &client_id, &OAuthError::invalid_request(""), &reason);
        }
        let page = Page { chrome: visit.at.chrome(&visit.app).bare(), request_id: visit.request_id.to_string() };
        page::private(StatusCode::BAD_REQUEST, &page)
    }
}

fn no_server(visit: &Visit) -> Response {
    let page = Page { chrome: visit.at.chrome(&visit.app).bare(), request_id: visit.request_id.to_string() };
    page::private(StatusCode::NOT_FOUND, &page).into_response()
}

/// For the owners of the application. A client id is public, so whoever sent this has proved nothing.
pub(super) fn note(visit: &Visit, client_id: &str, error: &OAuthError, reason: &str) {
    let call = Call { request_id: visit.request_id, path: &visit.path, peer: None, now: visit.app.ctx.now() };
    call.note_as(&visit.app, (visit.method.clone(), client_id, Standing::Claimed), error, reason);
}
