//! Which addresses are on the public internet (IANA's special-purpose registries, RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::serve::Network;

/// How an address may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By https.
    Public,
    /// An operator has opened it: by http, too.
    Opened,
    /// Not at all.
    Closed,
}

/// How an address may be called, with these networks open.
pub(super) fn way(address: IpAddr, open: &[Network]) -> Way {
    let address = address.to_canonical();
    if is_metadata(address) {
        Way::Closed
    } else if open.iter().any(|network| network.contains(address)) {
        Way::Opened
    } else if is_public(address) {
        Way::Public
    } else {
        Way::Closed
    }
}

/// Where clouds tell machines their credentials. No configuration opens them.
fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => matches!(
            v4.octets(),
            // AWS, Azure, Google, Oracle and others; AWS for containers; Alibaba; Oracle; Azure's wire server.
            [169, 254, 169, 254]
                | [169, 254, 170, 2 | 23]
                | [100, 100, 100, 200]
                | [192, 0, 0, 192]
                | [168, 63, 129, 16]
        ),
        IpAddr::V6(v6) => {
            inside(v6).is_some_and(|v4| is_metadata(IpAddr::V4(v4)))
                || matches!(
                    v6.segments(),
                    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254 | 0x23] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
                )
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => inside(v6).map_or_else(|| is_public_v6(v6), is_public_v4),
    }
}

/// The IPv4 address that a translator makes of one under its well-known prefix (RFC 6052): where there is only IPv6, every
/// IPv4 host has such a one.
fn inside(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = v6.segments() else { return None };
    Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    !matches!(
        v4.octets(),
        // This network, private, loopback.
        [0 | 10 | 127, ..]
            // Carriers' NAT (RFC 6598).
            | [100, 64..=127, ..]
            // Link-local.
            | [169, 254, ..]
            | [172, 16..=31, ..]
            // IETF protocols; documentation; 6to4 relays.
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [192, 168, ..]
            // Benchmarks.
            | [198, 18 | 19, ..]
            // Documentation.
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            // Multicast, reserved, broadcast.
            | [224..=255, ..]
    )
}

/// Only global unicast, without what carries an IPv4 address along (Teredo, 6to4), what IETF protocols use, and
/// documentation. Unique-local, link-local, multicast, mapped and compatible addresses are none.
fn is_public_v6(v6: Ipv6Addr) -> bool {
    match v6.segments() {
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // ISATAP (RFC 5214).
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str, open: &[&str]) -> Way {
        let open: Vec<_> = open.iter().map(|text| Network::parse(text).unwrap()).collect();
        way(address.parse().unwrap(), &open)
    }

    #[test]
    fn only_public_addresses() {
        for closed in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1.1.1.1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:10::1",
            "2001:20::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "2606:4700::5efe:7f00:1",
            "2606:4700::200:5efe:7f00:1",
            "fc00::1",
            "fd00:ec2::254",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert_eq!(of(closed, &[]), Way::Closed, "{closed}");
        }
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2003::1",
            "3ffe::1",
        ] {
            assert_eq!(of(public, &[]), Way::Public, "{public}");
        }
    }

    #[test]
    fn what_an_operator_opens_but_for_metadata() {
        for (address, network, expected) in [
            ("10.1.2.3", "10.0.0.0/8", Way::Opened),
            ("::ffff:10.1.2.3", "10.0.0.0/8", Way::Opened),
            ("11.1.2.3", "10.0.0.0/8", Way::Public),
            ("192.168.0.1", "10.0.0.0/8", Way::Closed),
            ("127.0.0.1", "127.0.0.0/8", Way::Opened),
            ("::1", "127.0.0.0/8", Way::Closed),
            ("fd12::1", "fc00::/7", Way::Opened),
            ("169.254.169.254", "169.254.0.0/16", Way::Closed),
            ("::ffff:169.254.169.254", "169.254.0.0/16", Way::Closed),
            ("64:ff9b::169.254.169.254", "64:ff9b::/96", Way::Closed),
            ("169.254.170.2", "169.254.0.0/16", Way::Closed),
            ("100.100.100.200", "100.64.0.0/10", Way::Closed),
            ("fd00:ec2::254", "fc00::/7", Way::Closed),
            ("fd20:ce::254", "fc00::/7", Way::Closed),
        ] {
            assert_eq!(of(address, &[network]), expected, "{address} with {network}");
        }
    }
}
