//! Verifying an assertion (§7.2).

use super::authenticator_data::AuthenticatorData;
use super::client_data::{self, Ceremony};
use super::public_key::PublicKey;
use super::{PasskeyError, Registered, RelyingParty, sha256};
use crate::id::UserId;

/// What a browser answers to `navigator.credentials.get`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assertion {
    /// `rawId`: by this the credential was found.
    pub credential_id: Vec<u8>,
    /// `response.clientDataJSON`
    pub client_data: Vec<u8>,
    /// `response.authenticatorData`
    pub authenticator_data: Vec<u8>,
    /// `response.signature`
    pub signature: Vec<u8>,
    /// `response.userHandle`: the user's id, as we gave it.
    pub user_handle: Vec<u8>,
}

/// The credential that was found, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Whose it is.
    pub user_id: UserId,
    /// As it is kept.
    pub credential: &'a Registered,
}

/// What is kept of a signature; the caller writes it only over a lower counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Of this signature.
    pub sign_count: u32,
    /// Whether the credential is on several devices now.
    pub backed_up: bool,
}

/// Checks an assertion.
pub fn sign_in(
    answer: &Assertion,
    known: Known<'_>,
    challenge: &[u8],
    site: &RelyingParty,
) -> Result<Proven, PasskeyError> {
    if answer.credential_id != known.credential.credential_id {
        return Err(PasskeyError::CredentialId);
    }
    // Credentials are found by the browser: the handle is never missing (step 6).
    if answer.user_handle != known.user_id.to_string().as_bytes() {
        return Err(PasskeyError::User);
    }
    client_data::check(&answer.client_data, Ceremony::Get, challenge, site)?;
    let data = AuthenticatorData::read(&answer.authenticator_data)?;
    data.check(site)?;
    if data.is_backup_eligible() != known.credential.backup_eligible {
        return Err(PasskeyError::Backup);
    }
    let signed = [answer.authenticator_data.as_slice(), &sha256(&answer.client_data)].concat();
    PublicKey::read(&known.credential.public_key)?.verify(&signed, &answer.signature)?;
    let (before, now) = (known.credential.sign_count, data.sign_count);
    if (before != 0 || now != 0) && now <= before {
        return Err(PasskeyError::Counter);
    }
    Ok(Proven { sign_count: now, backed_up: data.is_backed_up() })
}
