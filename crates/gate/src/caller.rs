//! Who calls, as an upstream inside this process learns it.

use std::sync::Arc;

use gatehouse_core::id::{GrantId, RequestId, UserId};

use crate::problem::ErrorPages;

/// In whose name a token speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBehalfOf {
    /// The application's own (client credentials): its API user decides what it sees.
    Application,
    /// A customer's.
    User(UserId),
    /// A customer's whom the application knows by a subject of its own: the one who gave this grant.
    CustomerOf(GrantId),
}

/// Put into the extensions of every request that the gate lets through. Nothing else in such a request speaks of the
/// caller: the token and every header that claims an identity are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// `client_id` of the token.
    pub client_id: Arc<str>,
    /// `sub` of the token: the client id, or the user as this application knows them.
    pub subject: Arc<str>,
    /// The application, or a customer.
    pub on_behalf_of: OnBehalfOf,
    /// The token's scopes.
    pub scopes: Arc<[String]>,
    /// Names the request in logs and errors.
    pub request_id: RequestId,
    /// For the upstream's own errors.
    pub error_pages: ErrorPages,
}

impl Caller {
    /// Whether the token has a scope.
    pub fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope == name)
    }
}
