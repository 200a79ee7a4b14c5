//! Keys and signatures (RFC 7515, 7517, 7518, 7638, 8037).
