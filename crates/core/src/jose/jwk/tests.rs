use super::*;

/// RFC 7638 §3.1, with the members that RFC 7638 leaves to its reader.
const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;

/// RFC 8037 appendix A.2, with `alg` and `kid`.
const ED25519_KEY: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA","kid":"a"}"#;

/// RFC 7515 appendix A.3.1, with `alg` and `kid`.
const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","alg":"ES256","kid":"b"}"#;

fn parse(text: &str) -> Result<PublicJwk, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn thumbprints_of_the_standards() {
    let rsa = parse(RSA).expect("parses");
    assert_eq!(thumbprint(&rsa), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let ed25519 = parse(ED25519_KEY).expect("parses");
    assert_eq!(thumbprint(&ed25519), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn comes_back_whole() {
    for text in [RSA, ED25519_KEY, P256] {
        let key = parse(text).expect("parses");
        let written = serde_json::to_value(&key).expect("serializes");
        assert_eq!(written["use"], "sig");
        assert_eq!(parse(&written.to_string()), Ok(key));
    }
}

#[test]
fn unknown_members_are_ignored() {
    assert!(parse(&P256.replacen('{', r#"{"x5t":"abc","key_ops":["verify"],"#, 1)).is_ok());
}

#[test]
fn refuses() {
    let cases: &[(&str, &str, &str)] = &[
        (P256, r#""kty":"EC","#, ""),
        (P256, r#""kty":"EC""#, r#""kty":"oct""#),
        (P256, r#""kty":"EC""#, r#""kty":"RSA""#),
        (P256, "P-256", "P-384"),
        (P256, "ES256", "RS256"),
        (P256, "ES256", "HS256"),
        (P256, "ES256", "none"),
        (P256, r#""alg":"ES256","#, ""),
        (P256, r#","kid":"b""#, ""),
        (P256, r#""kid":"b""#, r#""kid":"""#),
        (P256, r#""kid":"b""#, r#""kid":"b","use":"enc""#),
        (P256, r#""kid":"b""#, r#""kid":"b","kid":"c""#),
        // Not a point of the curve; too short; padded; blanks; other alphabet; unused bits set.
        (P256, "x_FEzRu9m36HLN", "x_FEzRu9m36HLM"),
        (P256, "f83OJ3D2xF1B", "f83OJ3D2"),
        (P256, "WI5a0\"", "WI5a0=\""),
        (P256, "\"f83", "\" f83"),
        (P256, "x_FEz", "x/FEz"),
        (P256, "WI5a0\"", "WI5a1\""),
        (ED25519_KEY, "Ed25519", "X25519"),
        (ED25519_KEY, "Ed25519", "Ed448"),
        (RSA, "\"AQAB\"", "\"AQ\""),
        (RSA, "\"AQAB\"", "\"Aw\""),
        (RSA, "\"AQAB\"", "\"AQAC\""),
        (RSA, "\"AQAB\"", "\"AQAAAAAAAAAB\""),
        (RSA, "0vx7agoebGcQSuuPiLJX", ""),
        (RSA, "0vx7", "AAD7"),
    ];
    for (key, from, to) in cases {
        let text = key.replacen(from, to, 1);
        assert_ne!(&text, key, "{from}");
        assert!(parse(&text).is_err(), "{text}");
    }
}

#[test]
fn a_private_key_is_never_taken_for_a_public_one() {
    for member in ["d", "p", "q", "k"] {
        let text = P256.replacen('{', &format!(r#"{{"{member}":"AAAA","#), 1);
        let error = parse(&text).expect_err("is refused");
        assert!(error.contains("private key"), "{error}");
        assert!(!error.contains("AAAA"), "{error}");
    }
}
