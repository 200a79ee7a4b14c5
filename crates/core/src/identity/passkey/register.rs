//! Registering a new credential (§7.1).

use super::authenticator_data::AuthenticatorData;
use super::cbor::{self, Value};
use super::client_data::{self, Ceremony};
use super::public_key::PublicKey;
use super::{PasskeyError, RelyingParty, sha256};

/// What a browser answers to `navigator.credentials.create`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// `response.clientDataJSON`
    pub client_data: Vec<u8>,
    /// `response.attestationObject`
    pub attestation: Vec<u8>,
}

/// What is kept of a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Chosen by the authenticator; nobody else has the same.
    pub credential_id: Vec<u8>,
    /// In COSE.
    pub public_key: Vec<u8>,
    /// Of the last signature; zero where the authenticator does not count.
    pub sign_count: u32,
    /// Whether it can be on several devices.
    pub backup_eligible: bool,
    /// Whether it is.
    pub backed_up: bool,
}

/// Checks a registration. That the credential is new, the caller's row says.
pub fn register(answer: &Registration, challenge: &[u8], site: &RelyingParty) -> Result<Registered, PasskeyError> {
    client_data::check(&answer.client_data, Ceremony::Create, challenge, site)?;
    let object = cbor::only(&answer.attestation)?;
    let missing = PasskeyError::Unreadable("attestation object");
    let bytes = object.text_key("authData").and_then(Value::bytes).ok_or(missing)?;
    let data = AuthenticatorData::read(bytes)?;
    data.check(site)?;
    let attested = data.attested.as_ref().ok_or(missing)?;
    let key = PublicKey::read(attested.public_key)?;
    let signed = [bytes, &sha256(&answer.client_data)].concat();
    check_attestation(&object, attested.model, (&key, &signed))?;
    attested.check_id()?;
    Ok(Registered {
        credential_id: attested.id.to_vec(),
        public_key: attested.public_key.to_vec(),
        sign_count: data.sign_count,
        backup_eligible: data.is_backup_eligible(),
        backed_up: data.is_backed_up(),
    })
}

/// None was asked for. A browser may still hand on what an authenticator without a model signed with the new key itself
/// (§5.1.3 step 22, §8.2).
fn check_attestation(
    object: &Value<'_>,
    model: &[u8],
    (key, signed): (&PublicKey<'_>, &[u8]),
) -> Result<(), PasskeyError> {
    let statement = object.text_key("attStmt");
    match (object.text_key("fmt"), statement) {
        (Some(Value::Text("none")), Some(Value::Map(pairs))) if pairs.is_empty() => Ok(()),
        (Some(Value::Text("packed")), Some(statement)) if model == [0; 16] && statement.text_key("x5c").is_none() => {
            let signature = statement.text_key("sig").and_then(Value::bytes).ok_or(PasskeyError::Attestation)?;
            key.verify(signed, signature).map_err(|_| PasskeyError::Attestation)
        }
        _ => Err(PasskeyError::Attestation),
    }
}
