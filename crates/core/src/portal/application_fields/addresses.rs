//! Web addresses that a developer gives. What is fetched later is filtered again when it is fetched (`security.md` E).

use url::{Host, Url};

use super::super::application::Environment;
use crate::field::FieldError;

/// Longest address, in bytes.
const MAX_ADDRESS: usize = 2_000;

/// An http or https address that people are sent to.
pub(in crate::portal) fn check_web_address(field: &str, address: Option<&str>, errors: &mut Vec<FieldError>) {
    let Some(address) = address else { return };
    if parse(address).is_none_or(|url| !matches!(url.scheme(), "https" | "http")) {
        let message = "write a web address such as https://example.com, without user name";
        errors.push(FieldError::new(field, "invalid_url", message));
    }
}

/// An https address that is fetched, or that only means something over https; in sandbox also http on this machine.
pub(super) fn check_https_address(
    field: &str,
    address: Option<&str>,
    environment: Environment,
    errors: &mut Vec<FieldError>,
) {
    let Some(address) = address else { return };
    let accepted = parse(address).is_some_and(|url| match url.scheme() {
        "https" => true,
        "http" => environment == Environment::Sandbox && is_loopback(&url),
        _ => false,
    });
    if !accepted {
        let message = "write an address that begins with https://, without user name and fragment";
        errors.push(FieldError::new(field, "invalid_url", message));
    } else if address.contains('#') {
        errors.push(FieldError::new(field, "invalid_url", "leave out the fragment (# and what follows)"));
    }
}

fn parse(address: &str) -> Option<Url> {
    let plain = address.len() <= MAX_ADDRESS && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let url = plain.then(|| Url::parse(address).ok()).flatten()?;
    (url.has_host() && url.username().is_empty() && url.password().is_none()).then_some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
