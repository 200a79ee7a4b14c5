//! One request at a protocol endpoint: who sent it, and how its refusal is noted for the owners of the application.

use std::net::IpAddr;

use gatehouse_core::id::RequestId;
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::time::Timestamp;
use gatehouse_gate::refused_calls::{RefusedCall, Standing};
use http::{Method, StatusCode};

use crate::error::sentence;
use crate::state::App;

/// Longest client id that is noted; ours are shorter.
const LONGEST_CLIENT_ID: usize = 64;

/// As much of the asked scopes as is noted, in bytes.
const LONGEST_SCOPES: usize = 300;

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Its id, which the answer names too.
    pub request_id: RequestId,
    /// Where, without the query.
    pub path: &'a str,
    /// The other end, as the listener saw it.
    pub peer: Option<IpAddr>,
    /// When.
    pub now: Timestamp,
}

impl Call<'_> {
    /// Notes a refusal for the owners of an application. Unknown client ids are noted like known ones, so that neither
    /// takes longer; nothing is stored of them.
    pub fn note(&self, app: &App, (client_id, standing): (&str, Standing), error: &OAuthError, reason: &str) {
        self.note_as(app, (Method::POST, client_id, standing), error, reason);
    }

    /// The same of an application that has proved itself. Its owners read which scopes were asked for; the answer
    /// repeats nothing that was sent.
    pub fn note_proved(&self, app: &App, client_id: &str, error: &OAuthError, scopes: Option<&str>) {
        let reason = match scopes.filter(|_| error.code == ErrorCode::InvalidScope) {
            Some(scopes) => {
                let shown = &scopes[..scopes.floor_char_boundary(LONGEST_SCOPES)];
                format!("{}. It asked for: {shown}", error.description)
            }
            None => error.description.to_string(),
        };
        self.note(app, (client_id, Standing::Proved), error, &reason);
    }

    /// The same for another method than POST.
    pub fn note_as(
        &self,
        app: &App,
        (method, client_id, standing): (Method, &str, Standing),
        error: &OAuthError,
        reason: &str,
    ) {
        if client_id.len() > LONGEST_CLIENT_ID || !client_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return;
        }
        app.gate.refused_calls().note(RefusedCall {
            client_id: client_id.into(),
            standing,
            request_id: self.request_id,
            at: self.now,
            method,
            path: self.path.to_owned(),
            status: StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST),
            code: error.code.as_str(),
            reason: sentence(reason),
        });
    }
}
