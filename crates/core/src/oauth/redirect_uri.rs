//! Redirect URIs: what may be registered, and how a presented one is compared (RFC 6749 §3.1.2, RFC 8252 §7,
//! RFC 9700 §2.1 and §4.1; `security.md` A).
//!
//! A presented URI is compared byte for byte with the registered strings: no prefix, pattern or normalisation, so that
//! no parser's opinion about `\@`, `..;/` or the like matters (CVE-2026-7504, CVE-2026-3872, CVE-2024-8883,
//! CVE-2024-52289, CVE-2026-41569). The one exception is the port of a loopback address (RFC 8252 §7.3).

mod register;

pub use self::register::{RedirectUriError, check, host};

/// Longest redirect URI, in bytes.
pub const MAX_LENGTH: usize = 2_000;
/// Most redirect URIs of one application.
pub const MAX_URIS: usize = 10;

/// The registered URI that the presented one equals, if any.
pub fn find<'a>(registered: &'a [String], presented: &str) -> Option<&'a str> {
    registered.iter().map(String::as_str).find(|uri| *uri == presented || equal_but_for_loopback_port(uri, presented))
}

fn equal_but_for_loopback_port(registered: &str, presented: &str) -> bool {
    let (Some(registered), Some(presented)) = (without_loopback_port(registered), without_loopback_port(presented))
    else {
        return false;
    };
    registered == presented
}

/// Origin without port, and the rest, of an `http` URI with a loopback IP literal. Cut by bytes, not by a URL parser:
/// after the literal comes nothing but a port and then the end, a path or a query.
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    let origin = ["http://127.0.0.1", "http://[::1]"].into_iter().find(|origin| uri.starts_with(origin))?;
    let rest = &uri[origin.len()..];
    let rest = match rest.strip_prefix(':') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            after[..digits].parse::<u16>().ok().filter(|port| *port > 0)?;
            &after[digits..]
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((origin, rest))
}

#[cfg(test)]
mod tests;
