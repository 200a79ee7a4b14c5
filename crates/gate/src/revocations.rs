//! The revocation predicates that still matter, indexed so that a check costs a few look-ups however many there are.

use std::collections::HashMap;

use gatehouse_core::id::UserId;
use gatehouse_core::oauth::revocation::{Predicate, Revocation};
use gatehouse_core::time::Timestamp;

use crate::caller::OnBehalfOf;
use crate::verified::Verified;

/// All predicates, by what they speak of. Each says up to which millisecond of issue tokens are revoked.
#[derive(Clone, Debug, Default)]
pub struct Revocations {
    tokens: HashMap<String, i64>,
    grants: HashMap<String, i64>,
    users: HashMap<UserId, i64>,
    applications: HashMap<String, OfApplication>,
    count: usize,
}

#[derive(Clone, Debug, Default)]
struct OfApplication {
    all: Option<i64>,
    users: HashMap<UserId, i64>,
    audiences: HashMap<String, i64>,
}

impl Revocations {
    /// Indexes those that have not expired.
    pub fn new(revocations: impl IntoIterator<Item = Revocation>, now: Timestamp) -> Self {
        let mut index = Self::default();
        for revocation in revocations {
            if revocation.expires_at > now {
                index.insert(revocation);
            }
        }
        index
    }

    /// Adds one. Two that speak of the same thing become the later one.
    pub fn insert(&mut self, revocation: Revocation) {
        let until = revocation.issued_until.as_millis();
        let slot = match revocation.predicate {
            Predicate::Token { jti } => self.tokens.entry(jti).or_insert(until),
            Predicate::Grant { gid } => self.grants.entry(gid).or_insert(until),
            Predicate::User { user_id } => self.users.entry(user_id).or_insert(until),
            Predicate::Application { client_id } => self.application(client_id).all.get_or_insert(until),
            Predicate::ApplicationUser { client_id, user_id } => {
                self.application(client_id).users.entry(user_id).or_insert(until)
            }
            Predicate::ApplicationApi { client_id, audience } => {
                self.application(client_id).audiences.entry(audience).or_insert(until)
            }
        };
        *slot = until.max(*slot);
        self.count += 1;
    }

    fn application(&mut self, client_id: String) -> &mut OfApplication {
        self.applications.entry(client_id).or_default()
    }

    /// How many predicates were indexed.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a token, used at the API of `audience`, falls under one. Predicates of a user speak of tokens that name the
    /// user; what takes all tokens of a user away ends the grants too.
    pub fn cover(&self, token: &Verified, audience: &str) -> bool {
        let issued = token.issued.as_millis();
        let covers = |until: Option<&i64>| until.is_some_and(|until| issued <= *until);
        let user = match &token.on_behalf_of {
            OnBehalfOf::User(user) => Some(user),
            OnBehalfOf::Application | OnBehalfOf::CustomerOf(_) => None,
        };
        covers(self.tokens.get(&token.jti))
            || covers(token.grant.as_ref().and_then(|grant| self.grants.get(grant)))
            || covers(user.and_then(|user| self.users.get(user)))
            || self.applications.get(&*token.client_id).is_some_and(|of| {
                covers(of.all.as_ref())
                    || covers(of.audiences.get(audience))
                    || covers(user.and_then(|user| of.users.get(user)))
            })
    }
}
