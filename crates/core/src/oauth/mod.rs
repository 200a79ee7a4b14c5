//! OAuth 2.0 rules (RFC 6749 and its family).
