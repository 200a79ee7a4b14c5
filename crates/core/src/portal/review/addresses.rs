//! What a reviewer should look at in the redirect URIs of an application. None of it is forbidden: what is, was refused
//! when the URI was registered ([`crate::oauth::redirect_uri::check`]).

use url::{Host, Url};

use super::domains::{in_letters, looks_like, same_site, site_of};
use crate::portal::application::Environment;

/// What is known of the application before anybody looks at its redirect URIs.
#[derive(Clone, Copy, Debug)]
pub struct Familiar<'a> {
    /// Production or sandbox.
    pub environment: Environment,
    /// Hosts of the redirect URIs that it had at its last approval; `None` when none was ever approved.
    pub had: Option<&'a [String]>,
    /// Hosts of its own homepage and of its organization's.
    pub homepages: &'a [String],
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressWarning {
    /// A domain that the application did not have when it was last approved.
    NewDomain {
        /// The host.
        host: String,
    },
    /// A domain that is none of the homepages'.
    ForeignDomain {
        /// The host.
        host: String,
    },
    /// Looks like a domain that is known, and is another.
    LooksLike {
        /// The host.
        host: String,
        /// The one that it can be taken for.
        known: String,
    },
    /// Letters outside ASCII.
    International {
        /// As registered.
        host: String,
        /// As browsers may show it.
        letters: String,
    },
    /// Codes travel unprotected.
    PlainHttp,
    /// The user's own machine, in an application for real customers.
    Loopback,
    /// An address without a name.
    IpLiteral,
    /// Any program on the device can claim it.
    PrivateScheme {
        /// The scheme.
        scheme: String,
    },
}

impl AddressWarning {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NewDomain { .. } => "new_domain",
            Self::ForeignDomain { .. } => "foreign_domain",
            Self::LooksLike { .. } => "looks_like",
            Self::International { .. } => "international",
            Self::PlainHttp => "plain_http",
            Self::Loopback => "loopback",
            Self::IpLiteral => "ip_literal",
            Self::PrivateScheme { .. } => "private_scheme",
        }
    }
}

/// A sentence for the reviewer.
impl std::fmt::Display for AddressWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NewDomain { host } => {
                write!(f, "{host} is new: the application did not have it when it was approved")
            }
            Self::ForeignDomain { host } => write!(f, "{host} is on another domain than the homepage"),
            Self::LooksLike { host, known } => write!(f, "{host} looks like {known} and is another domain"),
            Self::International { host, letters } => write!(f, "{host} is shown as {letters} by some programs"),
            Self::PlainHttp => f.write_str("plain http: a code can be read on its way"),
            Self::Loopback => f.write_str("the user's own machine, in an application for real customers"),
            Self::IpLiteral => f.write_str("an IP address instead of a name: nobody can see whose it is"),
            Self::PrivateScheme { scheme } => {
                write!(f, "any program on the device can claim {scheme}: check that the domain is the developer's")
            }
        }
    }
}

/// What to look at in one redirect URI, the worst first.
pub fn address_warnings(uri: &str, familiar: Familiar<'_>) -> Vec<AddressWarning> {
    let Ok(url) = Url::parse(uri) else { return Vec::new() };
    if !matches!(url.scheme(), "http" | "https") {
        return vec![AddressWarning::PrivateScheme { scheme: url.scheme().to_owned() }];
    }
    if is_loopback(&url) {
        let production = familiar.environment == Environment::Production;
        return if production { vec![AddressWarning::Loopback] } else { Vec::new() };
    }
    let mut warnings = match url.host() {
        Some(Host::Domain(host)) => of_host(host, familiar),
        _ => vec![AddressWarning::IpLiteral],
    };
    if url.scheme() == "http" {
        warnings.push(AddressWarning::PlainHttp);
    }
    warnings
}

fn of_host(host: &str, familiar: Familiar<'_>) -> Vec<AddressWarning> {
    let host = host.trim_end_matches('.').to_owned();
    let mut warnings = Vec::new();
    let known = || familiar.had.unwrap_or_default().iter().chain(familiar.homepages);
    if let Some(known) = known().find(|known| looks_like(&host, known)) {
        warnings.push(AddressWarning::LooksLike { host: host.clone(), known: site_of(known).to_owned() });
    }
    if let Some(letters) = in_letters(&host) {
        warnings.push(AddressWarning::International { host: host.clone(), letters });
    }
    let among = |hosts: &[String]| hosts.iter().any(|known| same_site(known, &host));
    match familiar.had {
        Some(had) if !among(had) => warnings.push(AddressWarning::NewDomain { host }),
        Some(_) => {}
        None if !familiar.homepages.is_empty() && !among(familiar.homepages) => {
            warnings.push(AddressWarning::ForeignDomain { host });
        }
        None => {}
    }
    warnings
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(uri: &str, environment: Environment, had: Option<&[&str]>, homepages: &[&str]) -> Vec<&'static str> {
        let owned = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>();
        let (had, homepages) = (had.map(owned), owned(homepages));
        let familiar = Familiar { environment, had: had.as_deref(), homepages: &homepages };
        address_warnings(uri, familiar).iter().map(AddressWarning::code).collect()
    }

    #[test]
    fn warns_of_what_a_reviewer_should_see() {
        type Case<'a> = (&'a str, Option<&'a [&'a str]>, &'a [&'a str], &'a [&'a str]);
        let cases: &[Case<'_>] = &[
            ("https://app.example.com/cb", None, &["www.example.com"], &[]),
            ("https://app.example.com/cb", None, &[], &[]),
            ("https://app.example.com/cb", Some(&["old.example.com"]), &[], &[]),
            ("https://app.example.org/cb", None, &["example.com"], &["foreign_domain"]),
            ("https://app.example.org/cb", Some(&["example.com"]), &[], &["new_domain"]),
            ("https://app.example.org/cb", Some(&[]), &["example.org"], &["new_domain"]),
            ("https://examp1e.com/cb", Some(&["example.com"]), &[], &["looks_like", "new_domain"]),
            ("https://examp1e.com/cb", None, &["example.com"], &["looks_like", "foreign_domain"]),
            ("https://xn--bcher-kva.example/cb", None, &["xn--bcher-kva.example"], &["international"]),
            (
                "https://xn--xample-2of.com/cb",
                None,
                &["example.com"],
                &["looks_like", "international", "foreign_domain"],
            ),
            ("https://ann.github.io/cb", None, &["bob.github.io"], &["foreign_domain"]),
            ("http://app.example.com/cb", None, &["example.com"], &["plain_http"]),
            ("http://127.0.0.1/cb", None, &["example.com"], &["loopback"]),
            ("http://127.0.0.1:8080/cb", Some(&["example.com"]), &[], &["loopback"]),
            ("http://[::1]/cb", None, &[], &["loopback"]),
            ("http://localhost:3000/cb", None, &[], &["loopback"]),
            ("https://192.0.2.7/cb", None, &["example.com"], &["ip_literal"]),
            ("http://192.0.2.7/cb", None, &[], &["ip_literal", "plain_http"]),
            ("https://[2001:db8::1]/cb", None, &[], &["ip_literal"]),
            ("com.example.app:/cb", None, &["example.com"], &["private_scheme"]),
            ("not a uri", None, &[], &[]),
        ];
        for (uri, had, homepages, expected) in cases {
            assert_eq!(codes(uri, Environment::Production, *had, homepages), *expected, "{uri}");
        }
    }

    #[test]
    fn a_sandbox_may_live_on_the_users_machine() {
        for uri in ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb", "https://x.localhost/cb"] {
            assert!(codes(uri, Environment::Sandbox, None, &[]).is_empty(), "{uri}");
        }
    }

    #[test]
    fn sentences_name_the_host() {
        let familiar =
            Familiar { environment: Environment::Production, had: None, homepages: &["example.com".to_owned()] };
        let warnings = address_warnings("https://xn--xample-2of.com/cb", familiar);
        let sentences: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(sentences[0], "xn--xample-2of.com looks like example.com and is another domain");
        assert!(sentences[1].starts_with("xn--xample-2of.com is shown as "), "{sentences:?}");
    }
}
