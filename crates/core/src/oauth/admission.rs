//! Who may use an authorization server: every application, or those that an operator has listed.

use std::collections::HashSet;

crate::text_enum! {
    /// Whom a server is open to.
    OpenTo, "openness of a server" {
        /// Every application, as far as its entitlements go.
        All = "all",
        /// The applications on its list alone.
        Listed = "listed",
    }
}

/// Who may use a server, as token endpoint and gate look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// Every application.
    #[default]
    All,
    /// These, by client id.
    Listed(HashSet<String>),
}

impl Admission {
    /// Whether this application may.
    pub fn admits(&self, client_id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Listed(client_ids) => client_ids.contains(client_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_admits_what_stands_on_it_alone() {
        let listed = Admission::Listed(HashSet::from(["one".to_owned()]));
        let nobody = Admission::Listed(HashSet::new());
        assert_eq!(
            [listed.admits("one"), listed.admits("On"), nobody.admits("one"), Admission::All.admits("any")],
            [true, false, false, true]
        );
    }
}
