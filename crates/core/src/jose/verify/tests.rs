use aws_lc_rs::hmac;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::jose::base64url;
use crate::jose::sign::{SigningKey, jwt};

const TYPE: &str = "at+jwt";

fn key(alg: Algorithm) -> SigningKey {
    SigningKey::generate(alg).expect("generates")
}

fn set(keys: &[&SigningKey]) -> KeySet {
    KeySet::new(&keys.iter().map(|key| key.public_jwk().clone()).collect::<Vec<_>>()).expect("parses")
}

/// A token with any header text, properly signed.
fn signed(key: &SigningKey, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let signature = key.sign(message.as_bytes()).expect("signs");
    format!("{message}.{}", base64url(&signature))
}

fn header(key: &SigningKey, more: &Value) -> String {
    let mut header = json!({"alg": key.alg(), "typ": TYPE, "kid": key.kid()});
    for (name, value) in more.as_object().expect("is an object") {
        if value.is_null() {
            header.as_object_mut().expect("is an object").remove(name);
        } else {
            header[name] = value.clone();
        }
    }
    header.to_string()
}

#[test]
fn accepts_what_we_sign() {
    for alg in Algorithm::ALL {
        let key = key(*alg);
        let token = jwt(&key, TYPE, &json!({"sub": "a"})).expect("signs");
        assert_eq!(set(&[&key]).verify(&token, TYPE), Ok(br#"{"sub":"a"}"#.to_vec()));
    }
}

#[test]
fn verifies_rfc_7515_appendix_a_3() {
    let jwk = serde_json::from_value::<PublicJwk>(json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "k",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }))
    .expect("parses");
    let message = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let signature = from_base64url(signature).expect("decodes");
    assert!(jwk.parse().expect("parses").verify_sig(message.as_bytes(), &signature).is_ok());
}

#[test]
fn types_compare_without_case_and_prefix() {
    let key = key(Algorithm::EdDsa);
    let keys = set(&[&key]);
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let token = signed(&key, &header(&key, &json!({"typ": typ})), "{}");
        assert!(keys.verify(&token, TYPE).is_ok(), "{typ}");
    }
    for typ in ["JWT", "", "at+jwt ", " at+jwt", "application/", "application/application/at+jwt", "dpop+jwt", "ät+jwt"]
    {
        let token = signed(&key, &header(&key, &json!({"typ": typ})), "{}");
        assert_eq!(keys.verify(&token, TYPE), Err(VerifyError::Type), "{typ}");
    }
}

#[test]
fn headers_that_must_fail() {
    let key = key(Algorithm::Es256);
    let other = self::key(Algorithm::EdDsa);
    let keys = set(&[&key, &other]);
    let cases = [
        (json!({"alg": "none"}), VerifyError::Algorithm),
        (json!({"alg": "None"}), VerifyError::Algorithm),
        (json!({"alg": " none"}), VerifyError::Algorithm),
        (json!({"alg": ""}), VerifyError::Algorithm),
        (json!({"alg": null}), VerifyError::Algorithm),
        (json!({"alg": "HS256"}), VerifyError::Algorithm),
        (json!({"alg": "RS256"}), VerifyError::Algorithm),
        (json!({"alg": "ES384"}), VerifyError::Algorithm),
        (json!({"alg": "es256"}), VerifyError::Algorithm),
        (json!({"alg": "ES256 "}), VerifyError::Algorithm),
        (json!({"alg": 7}), VerifyError::Malformed),
        (json!({"kid": null}), VerifyError::Key),
        (json!({"kid": ""}), VerifyError::Key),
        (json!({"kid": "../../dev/null"}), VerifyError::Key),
        (json!({"kid": format!(" {}", key.kid())}), VerifyError::Key),
        (json!({"kid": other.kid()}), VerifyError::Algorithm),
        (json!({"kid": other.kid(), "alg": "EdDSA"}), VerifyError::Signature),
        (json!({"kid": ["a"]}), VerifyError::Malformed),
        (json!({"typ": null}), VerifyError::Type),
        (json!({"typ": "JWT"}), VerifyError::Type),
        (json!({"jku": "https://evil.example/keys"}), VerifyError::Header),
        (json!({"x5u": "https://evil.example/cert"}), VerifyError::Header),
        (json!({"x5c": ["MII"]}), VerifyError::Header),
        (json!({"jwk": key.public_jwk()}), VerifyError::Header),
        (json!({"crit": ["exp"], "exp": 1}), VerifyError::Header),
        (json!({"crit": []}), VerifyError::Header),
        (json!({"b64": false}), VerifyError::Header),
        (json!({"zip": "DEF"}), VerifyError::Header),
        (json!({"enc": "A256GCM", "p2c": 2_000_000_000}), VerifyError::Header),
    ];
    for (more, wanted) in cases {
        let token = signed(&key, &header(&key, &more), r#"{"sub":"a"}"#);
        assert_eq!(keys.verify(&token, TYPE), Err(wanted), "{more}");
    }
    let unknown = signed(&key, &header(&key, &json!({"x5t": "abc", "cty": "json"})), "{}");
    assert!(keys.verify(&unknown, TYPE).is_ok(), "unknown parameters are ignored (RFC 7515 §4)");
}

#[test]
fn header_texts_that_must_fail() {
    let key = key(Algorithm::EdDsa);
    let keys = set(&[&key]);
    let kid = key.kid();
    let members: String = (0..16).map(|n| format!(r#","m{n}":1"#)).collect();
    for text in [
        format!(r#"{{"alg":"EdDSA","alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"JWT","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"x","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}","x":1,"x":2}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}"{members}}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}} {{}}"#),
        format!(r#"["EdDSA","at+jwt","{kid}"]"#),
        "null".to_owned(),
        String::new(),
        "[".repeat(2_000),
    ] {
        assert_eq!(keys.verify(&signed(&key, &text, "{}"), TYPE), Err(VerifyError::Malformed), "{text}");
    }
}

#[test]
fn hmac_with_the_public_key_fails() {
    let key = key(Algorithm::Rs256);
    let jwk = serde_json::to_vec(key.public_jwk()).expect("serializes");
    let modulus = serde_json::to_value(key.public_jwk()).expect("serializes")["n"].as_str().map(str::to_owned);
    let modulus = from_base64url(&modulus.expect("is there")).expect("decodes");
    for secret in [jwk, modulus] {
        for alg in ["HS256", "RS256"] {
            let message = format!("{}.{}", base64url(header(&key, &json!({"alg": alg})).as_bytes()), base64url(b"{}"));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message.as_bytes());
            let token = format!("{message}.{}", base64url(tag.as_ref()));
            assert!(set(&[&key]).verify(&token, TYPE).is_err());
        }
    }
}

#[test]
fn signatures_that_must_fail() {
    for alg in Algorithm::ALL {
        let key = key(*alg);
        let keys = set(&[&key]);
        let token = jwt(&key, TYPE, &json!({"sub": "a"})).expect("signs");
        let (message, signature) = token.rsplit_once('.').expect("has dots");
        let bytes = from_base64url(signature).expect("decodes");
        for wrong in [Vec::new(), vec![0; bytes.len()], bytes[1..].to_vec(), [bytes.as_slice(), &[0]].concat()] {
            let token = format!("{message}.{}", base64url(&wrong));
            assert_eq!(keys.verify(&token, TYPE), Err(VerifyError::Signature), "{alg} {}", wrong.len());
        }
        let other = jwt(&self::key(*alg), TYPE, &json!({"sub": "a"})).expect("signs");
        assert_eq!(keys.verify(&other, TYPE), Err(VerifyError::Key));
    }
}

#[test]
fn texts_that_must_fail() {
    let key = key(Algorithm::EdDsa);
    let keys = set(&[&key]);
    let token = jwt(&key, TYPE, &json!({"sub": "a"})).expect("signs");
    let long = signed(&key, &header(&key, &json!({})), &format!(r#"{{"a":"{}"}}"#, "x".repeat(8_000)));
    assert_eq!(keys.verify(&long, TYPE), Err(VerifyError::TooLong));
    for text in [
        String::new(),
        "...".to_owned(),
        ".".repeat(LONGEST_TOKEN),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{token}="),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.e30"),
        format!("{token}.e30.e30"),
        token.replacen('.', "..", 1),
        token.replacen('.', "=.", 1),
        token.replacen('.', " .", 1),
        token[..token.len() - 1].to_owned(),
        token[1..].to_owned(),
        token.rsplit_once('.').expect("has dots").0.to_owned(),
    ] {
        assert!(keys.verify(&text, TYPE).is_err(), "{text}");
    }
}

#[test]
fn one_token_has_one_text() {
    // 64 bytes end in a group of two letters, of which four bits carry nothing: a lax decoder takes 16 texts.
    let key = key(Algorithm::EdDsa);
    let keys = set(&[&key]);
    let token = jwt(&key, TYPE, &json!({"sub": "a"})).expect("signs");
    let accepted = (b'A'..=b'Z')
        .chain(b'a'..=b'z')
        .chain(b'0'..=b'9')
        .chain(*b"-_")
        .filter(|letter| keys.verify(&format!("{}{}", &token[..token.len() - 1], char::from(*letter)), TYPE).is_ok())
        .count();
    assert_eq!(accepted, 1);
}

#[test]
fn an_empty_set_and_a_repeated_kid() {
    let key = key(Algorithm::EdDsa);
    let token = jwt(&key, TYPE, &json!({})).expect("signs");
    assert_eq!(KeySet::default().verify(&token, TYPE), Err(VerifyError::Key));
    let twice = [key.public_jwk().clone(), key.public_jwk().clone()];
    assert_eq!(KeySet::new(&twice).err(), Some(JwkError::Repeated(key.kid().to_owned())));
}

proptest! {
    #[test]
    fn any_text_is_safe(text in "\\PC{0,200}") {
        prop_assert!(KeySet::default().verify(&text, TYPE).is_err());
    }

    #[test]
    fn one_changed_character_is_noticed(at: prop::sample::Index, letter in "[0-9A-Za-z_.-]") {
        let key = key(Algorithm::EdDsa);
        let token = jwt(&key, TYPE, &json!({"sub": "a"})).expect("signs");
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &letter);
        prop_assert_eq!(set(&[&key]).verify(&changed, TYPE).is_ok(), changed == token);
    }
}
