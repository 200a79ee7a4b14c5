use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};

use super::*;
use crate::jose::base64url;
use crate::random::SeededRandom;

const CHALLENGE: &[u8] = b"thirty-two bytes of a challenge.";
const PRESENT_VERIFIED: u8 = 0b101;
const ATTESTED: u8 = 1 << 6;

enum Key {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// An authenticator in software.
struct Authenticator {
    key: Key,
    id: Vec<u8>,
    flags: u8,
    count: u32,
}

fn bytes(value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).expect("short");
    [&[0x59], length.to_be_bytes().as_slice(), value].concat()
}

impl Authenticator {
    fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        Self { key: Key::P256(key), id: b"credential".to_vec(), flags: PRESENT_VERIFIED, count: 1 }
    }

    fn all() -> Vec<Self> {
        let ed25519 = Ed25519KeyPair::generate().expect("a key");
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let keys = [Key::Ed25519(ed25519), Key::Rsa(rsa)];
        keys.into_iter().map(|key| Self { key, ..Self::new() }).chain([Self::new()]).collect()
    }

    fn cose(&self) -> Vec<u8> {
        match &self.key {
            Key::P256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = point[1..].split_at(32);
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21], bytes(x).as_slice(), &[0x22], &bytes(y)].concat()
            }
            Key::Ed25519(key) => {
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21], bytes(key.public_key().as_ref()).as_slice()].concat()
            }
            Key::Rsa(key) => {
                let public: &aws_lc_rs::signature::RsaSubjectPublicKey = key.public_key();
                let (n, e) = (public.modulus(), public.exponent());
                let n = n.big_endian_without_leading_zero();
                let e = e.big_endian_without_leading_zero();
                [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20], bytes(n).as_slice(), &[0x21], &bytes(e)].concat()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::P256(key) => key.sign(&random, message).expect("signs").as_ref().to_vec(),
            Key::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("signs");
                signature
            }
        }
    }

    fn data(&self, site: &str, flags: u8) -> Vec<u8> {
        [sha256(site.as_bytes()).as_slice(), &[flags], &self.count.to_be_bytes()].concat()
    }

    fn attested(&self, site: &str) -> Vec<u8> {
        let length = u16::try_from(self.id.len()).expect("short").to_be_bytes();
        [self.data(site, self.flags | ATTESTED).as_slice(), &[0; 16], &length, &self.id, &self.cose()].concat()
    }

    fn create(&self, client_data: &str) -> Registration {
        Registration {
            client_data: client_data.as_bytes().to_vec(),
            attestation: attestation("none", &[0xa0], &self.attested("portal.example")),
        }
    }

    fn get(&self, client_data: &str) -> Assertion {
        let data = self.data("portal.example", self.flags);
        let signature = self.sign(&[data.as_slice(), &sha256(client_data.as_bytes())].concat());
        Assertion {
            credential_id: self.id.clone(),
            client_data: client_data.as_bytes().to_vec(),
            authenticator_data: data,
            signature,
            user_handle: user().to_string().into_bytes(),
        }
    }

    fn registered(&self) -> Registered {
        register(&self.create(&client_data("webauthn.create")), CHALLENGE, &site()).expect("registers")
    }
}

fn attestation(format: &str, statement: &[u8], data: &[u8]) -> Vec<u8> {
    let head = u8::try_from(format.len()).expect("short") | 0x60;
    let mut out = vec![0xa3, 0x63, b'f', b'm', b't', head];
    out.extend_from_slice(format.as_bytes());
    out.extend_from_slice(b"\x67attStmt");
    out.extend_from_slice(statement);
    out.extend_from_slice(b"\x68authData");
    out.extend_from_slice(&bytes(data));
    out
}

fn client_data(kind: &str) -> String {
    let challenge = base64url(CHALLENGE);
    format!(
        r#"{{"type":"{kind}","challenge":"{challenge}","origin":"https://portal.example:8443","crossOrigin":false,"x":1}}"#
    )
}

fn site() -> RelyingParty {
    RelyingParty::of("https://portal.example:8443").expect("a site")
}

fn user() -> UserId {
    UserId::new(Timestamp::from_secs(1), &SeededRandom::new(1))
}

fn check(answer: &Assertion, credential: &Registered) -> Result<Proven, PasskeyError> {
    sign_in(answer, Known { user_id: user(), credential }, CHALLENGE, &site())
}

#[test]
fn each_algorithm_registers_and_signs_in() {
    for mut device in Authenticator::all() {
        let credential = device.registered();
        assert_eq!((credential.credential_id.as_slice(), credential.sign_count), (b"credential".as_slice(), 1));
        device.count = 2;
        let proven = check(&device.get(&client_data("webauthn.get")), &credential);
        assert_eq!(proven, Ok(Proven { sign_count: 2, backed_up: false }));
    }
}

#[test]
fn what_the_browser_says_is_compared() {
    let (mut device, right) = (Authenticator::new(), client_data("webauthn.get"));
    let credential = device.registered();
    device.count = 2;
    for (from, to, error) in [
        ("webauthn.get", "webauthn.create", PasskeyError::Type),
        ("dGhp", "dGhq", PasskeyError::Challenge),
        ("portal.example:8443", "portal.example", PasskeyError::Origin),
        ("portal.example:8443", "portal.example:8443.evil.example", PasskeyError::Origin),
        ("https://portal", "http://portal", PasskeyError::Origin),
        ("\"crossOrigin\":false", "\"crossOrigin\":true", PasskeyError::CrossOrigin),
        ("\"x\":1", "\"topOrigin\":\"https://evil.example\"", PasskeyError::CrossOrigin),
        ("\"x\":1", "\"type\":\"webauthn.get\"", PasskeyError::Unreadable("client data")),
    ] {
        let changed = right.replace(from, to);
        assert_ne!(changed, right, "{from}");
        // The signature is right each time: what is signed is wrong.
        assert_eq!(check(&device.get(&changed), &credential), Err(error), "{changed}");
    }
    let error = register(&device.create(&right), CHALLENGE, &site());
    assert_eq!(error, Err(PasskeyError::Type));
}

#[test]
fn what_the_authenticator_says_is_checked() {
    let mut device = Authenticator::new();
    let credential = device.registered();
    device.count = 2;
    for (flags, error) in [
        (0b100, PasskeyError::UserPresence),
        (0b001, PasskeyError::UserVerification),
        (0b1_0101, PasskeyError::Backup),
        (0b0_1101, PasskeyError::Backup),
        (0b100_0101, PasskeyError::Unreadable("authenticator data")),
        (0b1000_0101, PasskeyError::Unreadable("CBOR")),
    ] {
        let device = Authenticator { flags, ..Authenticator::new() };
        let answer = device.get(&client_data("webauthn.get"));
        assert_eq!(check(&answer, &credential), Err(error), "{flags:b}");
    }
    let good = device.get(&client_data("webauthn.get"));
    let other_site = Assertion { authenticator_data: device.data("evil.example", PRESENT_VERIFIED), ..good.clone() };
    assert_eq!(check(&other_site, &credential), Err(PasskeyError::RelyingParty));
    let others = Authenticator { id: device.id.clone(), count: 2, ..Authenticator::new() };
    assert_eq!(check(&others.get(&client_data("webauthn.get")), &credential), Err(PasskeyError::Signature));
    for at in 0..good.authenticator_data.len() {
        let mut changed = good.clone();
        changed.authenticator_data[at] ^= 1 << 5;
        assert!(check(&changed, &credential).is_err(), "byte {at}");
    }
    let mut changed = good.clone();
    changed.client_data.push(b' ');
    assert_eq!(check(&changed, &credential), Err(PasskeyError::Signature));
    assert!(check(&good, &credential).is_ok());
}

#[test]
fn the_counter_only_goes_forward() {
    let mut device = Authenticator::new();
    let mut credential = device.registered();
    for (kept, sent, right) in [(0, 0, true), (0, 1, true), (1, 0, false), (1, 1, false), (5, 4, false), (5, 6, true)] {
        (credential.sign_count, device.count) = (kept, sent);
        let answer = check(&device.get(&client_data("webauthn.get")), &credential);
        assert_eq!(answer.is_ok(), right, "{kept} {sent}");
        assert!(right || answer == Err(PasskeyError::Counter));
    }
}

#[test]
fn a_passkey_is_its_users() {
    let mut device = Authenticator::new();
    let credential = device.registered();
    device.count = 2;
    let good = device.get(&client_data("webauthn.get"));
    let bob = UserId::new(Timestamp::from_secs(2), &SeededRandom::new(2)).to_string().into_bytes();
    for handle in [Vec::new(), bob] {
        let answer = Assertion { user_handle: handle, ..good.clone() };
        assert_eq!(check(&answer, &credential), Err(PasskeyError::User));
    }
    let answer = Assertion { credential_id: b"other".to_vec(), ..good };
    assert_eq!(check(&answer, &credential), Err(PasskeyError::CredentialId));
}

#[test]
fn only_keys_and_attestations_that_were_asked_for() {
    let device = Authenticator::new();
    let client = client_data("webauthn.create");
    let data = device.attested("portal.example");
    let try_it = |attestation: Vec<u8>| {
        let answer = Registration { client_data: client.clone().into_bytes(), attestation };
        register(&answer, CHALLENGE, &site())
    };
    let signed = device.sign(&[data.as_slice(), &sha256(client.as_bytes())].concat());
    let packed = |signature: &[u8]| [b"\xa2\x63alg\x26\x63sig".as_slice(), &bytes(signature)].concat();
    assert!(try_it(attestation("none", &[0xa0], &data)).is_ok());
    assert!(try_it(attestation("packed", &packed(&signed), &data)).is_ok(), "of itself");
    for (format, statement) in
        [("packed", packed(b"x")), ("packed", vec![0xa0]), ("none", packed(&signed)), ("tpm", vec![0xa0])]
    {
        assert_eq!(try_it(attestation(format, &statement, &data)), Err(PasskeyError::Attestation), "{format}");
    }
    let cose = device.cose();
    let start = data.len() - cose.len();
    // ES256 said of another type of key, another curve, another algorithm, a point that is not on the curve.
    for (at, byte) in [(2, 1), (4, 0x27), (4, 0x25), (6, 2), (cose.len() - 1, cose[cose.len() - 1] ^ 1)] {
        let mut changed = data.clone();
        changed[start + at] = byte;
        assert_eq!(try_it(attestation("none", &[0xa0], &changed)), Err(PasskeyError::PublicKey), "{at}");
    }
    for id in [Vec::new(), vec![1; 1_024]] {
        let device = Authenticator { id, ..Authenticator::new() };
        assert_eq!(try_it(device.create(&client).attestation), Err(PasskeyError::CredentialId));
    }
    let without = device.data("portal.example", PRESENT_VERIFIED);
    let error = PasskeyError::Unreadable("attestation object");
    assert_eq!(try_it(attestation("none", &[0xa0], &without)), Err(error));
    for cut in 0..data.len() {
        assert!(try_it(attestation("none", &[0xa0], &data[..cut])).is_err(), "{cut}");
    }
}

#[test]
fn browsers_refuse_addresses_and_plain_http() {
    for (url, id) in [
        ("https://portal.example", Some("portal.example")),
        ("http://localhost:8080", Some("localhost")),
        ("http://portal.localhost:8080", Some("portal.localhost")),
        ("http://portal.example", None),
        ("https://192.0.2.1", None),
        ("http://[::1]:8080", None),
        ("x", None),
    ] {
        assert_eq!(RelyingParty::of(url).map(|site| site.id).as_deref(), id, "{url}");
    }
    assert_eq!(RelyingParty::of("https://portal.example:443/x").expect("a site").origin, "https://portal.example");
}
