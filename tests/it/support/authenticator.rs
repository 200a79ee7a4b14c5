//! An authenticator in software, for passkeys with ES256.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One passkey of one user.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    pub(crate) id: Vec<u8>,
    pub(crate) user: String,
    /// Of the last signature.
    pub(crate) count: u32,
}

/// What the page asks, and which page.
pub(crate) struct Asked<'a> {
    pub(crate) challenge: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) site: &'a str,
}

/// A form's fields.
pub(crate) type Fields = Vec<(&'static str, String)>;

impl Authenticator {
    pub(crate) fn new(id: &str, user: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        Self { key, id: id.as_bytes().to_vec(), user: user.to_owned(), count: 0 }
    }

    /// `navigator.credentials.create`
    pub(crate) fn create(&self, asked: &Asked<'_>) -> Fields {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat();
        let length = u16::try_from(self.id.len()).expect("short").to_be_bytes();
        let data = [self.data(asked.site, 0b100_0101).as_slice(), &[0; 16], &length, &self.id, &cose].concat();
        let length = u16::try_from(data.len()).expect("short").to_be_bytes();
        let attestation = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".as_slice(), &length, &data].concat();
        vec![("client_data", text(client_data("create", asked).as_bytes())), ("attestation", text(&attestation))]
    }

    /// `navigator.credentials.get`
    pub(crate) fn get(&mut self, asked: &Asked<'_>) -> Fields {
        self.count += 1;
        let (data, client_data) = (self.data(asked.site, 0b101), client_data("get", asked));
        let signed = [data.as_slice(), digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("signs");
        vec![
            ("credential_id", text(&self.id)),
            ("client_data", text(client_data.as_bytes())),
            ("authenticator_data", text(&data)),
            ("signature", text(signature.as_ref())),
            ("user_handle", text(self.user.as_bytes())),
        ]
    }

    fn data(&self, site: &str, flags: u8) -> Vec<u8> {
        [digest(&SHA256, site.as_bytes()).as_ref(), &[flags], &self.count.to_be_bytes()].concat()
    }
}

fn client_data(kind: &str, asked: &Asked<'_>) -> String {
    let Asked { challenge, origin, .. } = asked;
    format!(r#"{{"type":"webauthn.{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#)
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
