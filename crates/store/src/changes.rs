//! The log of rare writes that the data plane must learn of.

gatehouse_core::text_enum! {
    /// What a change row names; its key says which one.
    Topic, "change topic" {
        /// An authorization server, its settings or its keys; key: server id.
        Server = "server",
        /// An API, its versions or its scopes; key: API id.
        Api = "api",
        /// An application, its secrets or its entitlements; key: **client id**.
        Application = "application",
        /// A revocation predicate; key: revocation id.
        Revocation = "revocation",
        /// A user; key: user id.
        User = "user",
        /// A workspace or its members; key: workspace id.
        Workspace = "workspace",
    }
}
