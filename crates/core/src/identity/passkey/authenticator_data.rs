//! What the authenticator says (§6.1), which its signature covers.

use super::cbor::{self, Value};
use super::{LONGEST_ID, PasskeyError, RelyingParty};

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

/// Read, not yet checked.
pub(super) struct AuthenticatorData<'a> {
    site_hash: &'a [u8],
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) attested: Option<Attested<'a>>,
}

/// A new credential (§6.5.1).
pub(super) struct Attested<'a> {
    pub(super) model: &'a [u8],
    pub(super) id: &'a [u8],
    /// In COSE, as it was sent.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Everything is there and nothing more.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, PasskeyError> {
        let short = || PasskeyError::Unreadable("authenticator data");
        let (site_hash, rest) = bytes.split_at_checked(32).ok_or_else(short)?;
        let (&[flags], rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (count, mut rest) = rest.split_first_chunk().ok_or_else(short)?;
        let attested = if flags & ATTESTED == 0 {
            None
        } else {
            let (model, after) = rest.split_at_checked(16).ok_or_else(short)?;
            let (length, after) = after.split_first_chunk().ok_or_else(short)?;
            let (id, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or_else(short)?;
            let (_, left) = cbor::first(after)?;
            rest = left;
            Some(Attested { model, id, public_key: &after[..after.len() - left.len()] })
        };
        if flags & EXTENSIONS != 0 {
            let (extensions, left) = cbor::first(rest)?;
            rest = if matches!(extensions, Value::Map(_)) { left } else { return Err(short()) };
        }
        let sign_count = u32::from_be_bytes(*count);
        if rest.is_empty() { Ok(Self { site_hash, flags, sign_count, attested }) } else { Err(short()) }
    }

    /// §7.1 steps 14–17, §7.2 steps 15–18: the site, the user, and flags that fit together.
    pub(super) fn check(&self, site: &RelyingParty) -> Result<(), PasskeyError> {
        if self.site_hash != site.id_hash() {
            return Err(PasskeyError::RelyingParty);
        }
        if self.flags & USER_PRESENT == 0 {
            return Err(PasskeyError::UserPresence);
        }
        if self.flags & USER_VERIFIED == 0 {
            return Err(PasskeyError::UserVerification);
        }
        if self.is_backed_up() && !self.is_backup_eligible() {
            return Err(PasskeyError::Backup);
        }
        Ok(())
    }

    pub(super) fn is_backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(super) fn is_backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

impl Attested<'_> {
    pub(super) fn check_id(&self) -> Result<(), PasskeyError> {
        if (1..=LONGEST_ID).contains(&self.id.len()) { Ok(()) } else { Err(PasskeyError::CredentialId) }
    }
}
