//! Whom a request comes from when proxies stand in front (`security.md` F, CVE-2025-64102, -24806).
//!
//! `X-Forwarded-For` is a list to which each proxy appends whom it was asked by. Only what a configured proxy has
//! appended is believed: from the end, past the proxies, to the first address that is none. What stands before was sent
//! by whoever that is.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

const HEADER: &str = "x-forwarded-for";
/// Proxies in a row; a longer list is a trick.
const MOST_HOPS: usize = 20;

/// The proxies in front; none unless configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

/// Addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Proxies {
    /// These networks.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whom the request comes from.
    pub(super) fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        if !self.trust(peer.ip()) {
            return peer;
        }
        let mut client = peer;
        let lines: Vec<_> = headers.get_all(HEADER).iter().filter_map(|value| value.to_str().ok()).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MOST_HOPS) {
            // What is no address names nobody: the last proxy before it is as far as we can see.
            let Some(address) = parse(hop) else { return client };
            client = SocketAddr::new(address, 0);
            if !self.trust(address) {
                return client;
            }
        }
        client
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address.to_canonical()))
    }
}

impl Network {
    /// Reads `10.0.0.0/8`, `2001:db8::/32` or one address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("holds `{text}`, which is not an address or network like 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits == 0 {
            return Err(format!("holds `{text}`: that is everybody"));
        }
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }

    /// Whether an address is one of them; give it in its canonical form.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(other)) => {
                (u32::from(ours) ^ u32::from(other)).leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(ours), IpAddr::V6(other)) => {
                (u128::from(ours) ^ u128::from(other)).leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// An address, with or without port.
fn parse(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let address = hop.parse().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip())).ok();
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[&'static str]) -> String {
        let networks = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"].map(|text| Network::parse(text).unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HEADER, http::HeaderValue::from_static(line));
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        Proxies::new(networks.to_vec()).client(peer, &headers).ip().to_string()
    }

    #[test]
    fn only_what_a_proxy_appended_is_believed() {
        for (peer, lines, expected) in [
            ("203.0.113.1", vec!["198.51.100.1"], "203.0.113.1"),
            ("10.1.2.3", vec![], "10.1.2.3"),
            ("10.1.2.3", vec!["198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", vec!["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", vec!["1.2.3.4", "198.51.100.1, 10.9.9.9"], "198.51.100.1"),
            ("10.1.2.3", vec!["198.51.100.1, nonsense"], "10.1.2.3"),
            ("10.1.2.3", vec!["nonsense, 10.9.9.9"], "10.9.9.9"),
            ("::ffff:10.1.2.3", vec!["[2001:db9::1]:443"], "2001:db9::1"),
            ("2001:db8::5", vec!["2001:db9::1, 192.0.2.7:80"], "2001:db9::1"),
            ("192.0.2.8", vec!["198.51.100.1"], "192.0.2.8"),
            ("10.1.2.3", vec![""], "10.1.2.3"),
        ] {
            assert_eq!(client(peer, &lines), expected, "{peer} {lines:?}");
        }
        let peer = "10.1.2.3:1".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, http::HeaderValue::from_static("198.51.100.1"));
        assert_eq!(Proxies::default().client(peer, &headers), peer, "none unless configured");
    }

    #[test]
    fn networks() {
        for (text, expected) in [("10.0.0.0/8", "10.0.0.0/8"), ("::1", "::1/128"), ("127.0.0.1", "127.0.0.1/32")] {
            assert_eq!(Network::parse(text).map(|network| network.to_string()), Ok(expected.to_owned()));
        }
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "0.0.0.0/0", "::/0", "localhost", "10.0.0.0/", "10.0.0.0/-1"] {
            assert!(Network::parse(bad).is_err(), "{bad}");
        }
    }
}
