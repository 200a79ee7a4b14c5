//! Account pages: sign-up, sign-in, sign-out, verification, forgotten passwords, the profile.
//!
//! They call the actions of [`crate::actions::accounts`] and tell strangers nothing about who has an account.

pub mod code;
mod finish_sign_up;
pub mod forgot_password;
pub mod form_token;
mod link_over;
pub mod passkey;
mod password_first;
pub mod profile;
pub mod reset_password;
mod return_to;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod step_up;
pub mod throttle;
pub(crate) mod throttled;
pub mod two_step;
pub mod verify_email;

use std::net::IpAddr;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::extract::Request;
use gatehouse_core::id::RequestId;
use gatehouse_core::identity::session::Device;

use crate::actions::{Actor, ActorKind};
use crate::portal::visitor;

/// Who sends a form without being signed in.
struct Sender {
    request_id: RequestId,
    address: Option<IpAddr>,
    device: Device,
}

impl Sender {
    /// Splits a request without its body.
    fn of(request: Request, request_id: RequestId) -> (Self, Request) {
        let (parts, body) = request.into_parts();
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let device = visitor::device(&parts);
        (Self { request_id, address, device }, Request::from_parts(parts, body))
    }

    /// For the audit log, until it is known who it is.
    fn actor(&self, name: &'static str) -> Actor {
        let address = self.address.map(|address| address.to_string());
        Actor { kind: ActorKind::System(name), request_id: Some(self.request_id), address }
    }
}
