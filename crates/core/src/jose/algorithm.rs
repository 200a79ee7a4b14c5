//! Signature algorithms (RFC 7518 §3, RFC 8037 §3.1).

crate::text_enum! {
    /// What a key signs with; the name is the JOSE `alg`.
    Algorithm, "signature algorithm" {
        /// ECDSA on P-256 with SHA-256: the default of access tokens.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
        /// RSASSA-PKCS1-v1_5 with SHA-256: the default of ID tokens, since relying parties expect it.
        Rs256 = "RS256",
    }
}
