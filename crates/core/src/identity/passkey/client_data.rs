//! What the browser says it was asked (§5.8.1): the part of an answer that holds challenge and origin.

use serde::Deserialize;

use super::{PasskeyError, RelyingParty};
use crate::jose::from_base64url;

/// Which ceremony.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    Create,
    Get,
}

/// Unknown members are ignored, as the specification wants; a member twice is refused by the parser.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

/// §7.1 steps 7–11, §7.2 steps 10–14.
pub(super) fn check(
    json: &[u8],
    ceremony: Ceremony,
    challenge: &[u8],
    site: &RelyingParty,
) -> Result<(), PasskeyError> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| PasskeyError::Unreadable("client data"))?;
    let kind = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    if data.kind != kind {
        return Err(PasskeyError::Type);
    }
    if from_base64url(&data.challenge).is_none_or(|sent| sent != challenge) {
        return Err(PasskeyError::Challenge);
    }
    if data.origin != site.origin {
        return Err(PasskeyError::Origin);
    }
    if data.cross_origin || data.top_origin.is_some_and(|origin| origin != site.origin) {
        return Err(PasskeyError::CrossOrigin);
    }
    Ok(())
}
