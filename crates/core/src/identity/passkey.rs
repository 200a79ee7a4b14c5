//! Passkeys: the relying party's side of Web Authentication (W3C, Level 3), for what this portal wants of it: credentials
//! that are found by the browser, user verification each time, no attestation.
//!
//! Checks stand in the order of §7.1 ([`register`]) and §7.2 ([`sign_in`]). What the sections ask of allowed credentials
//! and extensions falls away, since we ask for none. Signatures are verified by aws-lc-rs, as everywhere; the crate that
//! others use for all of this brings a licence and an RSA implementation that `deny.toml` refuses.

mod authenticator_data;
mod cbor;
mod client_data;
mod public_key;
mod register;
mod sign_in;
#[cfg(test)]
mod tests;

pub use public_key::ALGORITHMS;
pub use register::{Registered, Registration, register};
pub use sign_in::{Assertion, Known, Proven, sign_in};

use aws_lc_rs::digest;
use url::{Host, Url};

use crate::id::{PasskeyId, UserId};
use crate::time::Timestamp;

/// Most passkeys of a user.
pub const MOST: usize = 20;
/// Longest credential id in bytes (§7.1 step 24).
const LONGEST_ID: usize = 1_023;

/// A passkey of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// For lists and the audit log.
    pub id: PasskeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// As the user calls it.
    pub name: String,
    /// What the authenticator gave.
    pub credential: Registered,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last signed its user in.
    pub last_used_at: Option<Timestamp>,
}

/// The site that passkeys are bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// The host; passkeys answer to no other.
    pub id: String,
    /// Scheme, host and port, as browsers say them.
    pub origin: String,
}

impl RelyingParty {
    /// Of the portal's address. `None` where browsers refuse passkeys: an IP address, or plain http on a network.
    pub fn of(portal_url: &str) -> Option<Self> {
        let url = Url::parse(portal_url).ok()?;
        let Some(Host::Domain(host)) = url.host() else { return None };
        let local = host == "localhost" || host.ends_with(".localhost");
        let secure = url.scheme() == "https" || (url.scheme() == "http" && local);
        secure.then(|| Self { id: host.to_owned(), origin: url.origin().ascii_serialization() })
    }

    fn id_hash(&self) -> Vec<u8> {
        sha256(self.id.as_bytes())
    }
}

/// Why an answer of a browser is refused. For the log; people are told that it did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// Not what browsers send.
    #[error("the answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// Made for signing in where a registration was wanted, or the other way round.
    #[error("the answer is of another ceremony")]
    Type,
    /// Another question was answered.
    #[error("the challenge is another one")]
    Challenge,
    /// Asked by a page of somebody else's.
    #[error("the origin is another one")]
    Origin,
    /// Asked inside a frame of somebody else's page.
    #[error("the answer comes from inside another page")]
    CrossOrigin,
    /// A passkey of another site.
    #[error("the passkey is for another site")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("nobody was present")]
    UserPresence,
    /// The authenticator did not make sure who touched it.
    #[error("the user was not verified")]
    UserVerification,
    /// Flags that exclude each other, or changed what cannot change.
    #[error("the backup flags are wrong")]
    Backup,
    /// None of [`ALGORITHMS`], or no key of it.
    #[error("the public key cannot be used")]
    PublicKey,
    /// Attestation was not asked for.
    #[error("the attestation cannot be used")]
    Attestation,
    /// The credential id is empty or too long, or another than the one that is named.
    #[error("the credential id cannot be used")]
    CredentialId,
    /// The passkey is not that of the user whom it names.
    #[error("the passkey is of another user")]
    User,
    /// Not made by the passkey.
    #[error("the signature is wrong")]
    Signature,
    /// There may be a copy of the authenticator.
    #[error("the counter went back")]
    Counter,
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}
