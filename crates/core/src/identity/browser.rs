//! From what a browser says and from where: names for people, and a mark by which a browser is known again.
//!
//! The mark is coarse on purpose. It survives updates of the browser and another address of the same provider, and it
//! tells nothing that a list of sessions does not show already; of it only a hash is kept.

use std::net::IpAddr;

use crate::id::UserId;
use crate::identity::session::Device;
use crate::secret::SecretHash;

/// `Firefox on Linux`, from what a browser calls itself. The order matters: Edge also says Chrome, and Chrome Safari.
pub fn name(user_agent: &str) -> String {
    let of = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    let browser = of(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = of(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

/// The address without its end, as people may read it in a mail: `198.51.100.x`, `2001:db8:7::`.
pub fn near(address: &str) -> Option<String> {
    Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.x")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::")
        }
    })
}

/// By what a browser of a user is known again: its name and the network that it comes from (the first 16 bits of an
/// IPv4 address, the first 32 of an IPv6 one). `None` when nothing is known about either.
pub fn mark(user: UserId, device: &Device) -> Option<SecretHash> {
    let network = device.address.as_deref().and_then(network);
    if network.is_none() && device.user_agent.is_none() {
        return None;
    }
    let name = name(device.user_agent.as_deref().unwrap_or_default());
    Some(SecretHash::of(&format!("{user}\n{name}\n{}", network.unwrap_or_default())))
}

fn network(address: &str) -> Option<String> {
    Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            format!("{a}.{b}")
        }
        IpAddr::V6(v6) => {
            let [a, b, ..] = v6.segments();
            format!("{a:x}:{b:x}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::time::Timestamp;

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

    #[test]
    fn browsers_have_names() {
        for (user_agent, expected) in [
            (FIREFOX, "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36 Edg/142.0",
                "Edge on Windows",
            ),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.0 Safari/605.1.15", "Safari on macOS"),
            ("curl/8.5.0", "curl"),
            ("<script>", "Unknown browser"),
        ] {
            assert_eq!(name(user_agent), expected);
        }
    }

    #[test]
    fn addresses_lose_their_end() {
        for (address, expected) in [
            ("198.51.100.7", Some("198.51.100.x")),
            ("::ffff:198.51.100.7", Some("198.51.100.x")),
            ("2001:db8:7:8::9", Some("2001:db8:7::")),
            ("unknown", None),
        ] {
            assert_eq!(near(address).as_deref(), expected);
        }
    }

    #[test]
    fn a_browser_is_known_again_after_an_update_and_near_by_but_not_elsewhere() {
        let now = Timestamp::from_secs(1_795_345_500);
        let (ann, bob) = (UserId::new(now, &SeededRandom::new(1)), UserId::new(now, &SeededRandom::new(2)));
        let at = |address: &str, user_agent: &str| Device {
            address: Some(address.to_owned()),
            user_agent: Some(user_agent.to_owned()),
        };
        let known = mark(ann, &at("198.51.100.7", FIREFOX));
        assert_eq!(mark(ann, &at("198.51.200.9", &FIREFOX.replace("145", "146"))), known);
        assert_eq!(mark(ann, &at("::ffff:198.51.100.7", FIREFOX)), known);
        assert_ne!(mark(bob, &at("198.51.100.7", FIREFOX)), known, "nobody is told by another's");
        assert_ne!(mark(ann, &at("203.0.113.7", FIREFOX)), known);
        assert_ne!(mark(ann, &at("198.51.100.7", "curl/8.5.0")), known);
        assert_ne!(mark(ann, &at("2001:db8::1", FIREFOX)), mark(ann, &at("2001:db9::1", FIREFOX)));
        assert_eq!(mark(ann, &Device::default()), None);
    }
}
