//! Organizations, applications, secrets, access requests, entitlements.
