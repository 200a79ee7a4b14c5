//! The grant types of the token endpoint (RFC 6749 §4, RFC 8628, RFC 8693, RFC 7523) by their registered names.

crate::text_enum! {
    /// How a token is asked for.
    GrantType, "grant type" {
        /// RFC 6749 §4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749 §6.
        RefreshToken = "refresh_token",
        /// RFC 6749 §4.4.
        ClientCredentials = "client_credentials",
        /// RFC 8628.
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
        /// RFC 8693.
        TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange",
        /// RFC 7523.
        JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer",
    }
}
