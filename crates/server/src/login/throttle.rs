//! Slows guessing down: per account, per network address, and per both (`security.md` F, CVE-2025-64102, -24806).
//!
//! An attempt is counted before anything is looked at, so that fifty at once do not pass; one that succeeds is taken
//! back. Accounts are counted by the address that was typed, whether it has an account or not. Addresses are those of
//! connections, or what configured proxies say, never what a request claims. The table is bounded.

use std::net::IpAddr;
use std::time::Duration;

use gatehouse_core::identity::email::Email;
use gatehouse_core::secret::SecretHash;
use gatehouse_core::time::Timestamp;
use moka::sync::Cache;

/// Counts kept at most; a flood pushes out older ones.
const MOST: u64 = 50_000;

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A password, at sign-in or for a change.
    Password,
    /// A code, after the right password or when a factor is removed.
    Code,
    /// A passkey, counted by its id.
    Passkey,
    /// Something that sends a mail.
    Mail,
    /// A user code for a device, by whoever is signed in (RFC 8628 §5.1).
    UserCode,
    /// A device that begins, by client id: nobody has proved anything yet, and each is a row.
    Device,
}

/// How often, within how long.
#[derive(Clone, Copy)]
struct Limits {
    /// For one account from one address.
    pair: u32,
    /// For one account from everywhere.
    account: u32,
    /// For all accounts from one address.
    address: u32,
    window: Duration,
}

impl What {
    const fn limits(self) -> Limits {
        match self {
            Self::Password => Limits { pair: 10, account: 50, address: 100, window: Duration::from_secs(15 * 60) },
            Self::Code => Limits { pair: 5, account: 10, address: 50, window: Duration::from_secs(30 * 60) },
            Self::Passkey => Limits { pair: 10, account: 50, address: 100, window: Duration::from_secs(15 * 60) },
            Self::Mail => Limits { pair: 5, account: 10, address: 50, window: Duration::from_secs(60 * 60) },
            Self::UserCode => Limits { pair: 10, account: 20, address: 60, window: Duration::from_secs(30 * 60) },
            // Nobody locks an application out from elsewhere.
            Self::Device => Limits { pair: 60, account: u32::MAX, address: 120, window: Duration::from_secs(10 * 60) },
        }
    }
}

/// Attempts by what, account and address.
#[derive(Debug)]
pub struct Throttle(Cache<Key, Window>);

/// A hash keeps long addresses from filling the table, and people out of memory.
type Key = (What, Option<[u8; 32]>, Option<IpAddr>);

#[derive(Clone, Copy, Debug)]
struct Window {
    start: Timestamp,
    attempts: u32,
}

/// An attempt that was let through.
#[derive(Debug)]
pub struct Let<'a> {
    throttle: &'a Throttle,
    keys: [Key; 3],
}

impl Default for Throttle {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Throttle {
    /// Counts an attempt. `Err` with the seconds to wait when there were too many.
    pub fn admit(&self, what: What, account: &str, address: Option<IpAddr>, now: Timestamp) -> Result<Let<'_>, u32> {
        let (account, address) = (Some(fingerprint(account)), address.map(network));
        let limits = what.limits();
        let keys = [(what, account, address), (what, account, None), (what, None, address)];
        let most = [limits.pair, limits.account, limits.address];
        let mut wait = None;
        for (key, most) in keys.into_iter().zip(most) {
            let window = self.count(key, limits.window, now);
            if window.attempts > most {
                let left = window.start.plus(limits.window).since(now).as_secs().max(1);
                wait = wait.max(Some(u32::try_from(left).unwrap_or(u32::MAX)));
            }
        }
        match wait {
            None => Ok(Let { throttle: self, keys }),
            Some(seconds) => Err(seconds),
        }
    }

    fn count(&self, key: Key, length: Duration, now: Timestamp) -> Window {
        let entry = self.0.entry(key).and_upsert_with(|known| {
            let fresh = Window { start: now, attempts: 0 };
            let window = known.map_or(fresh, moka::Entry::into_value);
            let window = if now >= window.start.plus(length) || now < window.start { fresh } else { window };
            Window { attempts: window.attempts.saturating_add(1), ..window }
        });
        entry.into_value()
    }
}

impl Let<'_> {
    /// It was the right one: what was tried before from this address for this account is forgiven, and the attempt
    /// does not count.
    pub fn forgive(self) {
        let [pair, account, address] = self.keys;
        self.throttle.0.invalidate(&pair);
        self.uncount(&[account, address]);
    }

    /// Nothing came of it: the attempt does not count, those before do.
    pub fn take_back(self) {
        self.uncount(&self.keys);
    }

    fn uncount(&self, keys: &[Key]) {
        for key in keys {
            self.throttle.0.entry(*key).and_compute_with(|known| match known {
                Some(entry) => {
                    let window = entry.into_value();
                    moka::ops::compute::Op::Put(Window { attempts: window.attempts.saturating_sub(1), ..window })
                }
                None => moka::ops::compute::Op::Nop,
            });
        }
    }
}

/// Whoever has one IPv6 address has the /64 that it is in (RFC 4291 §2.5.4).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

/// The same for every way to type an address.
fn fingerprint(account: &str) -> [u8; 32] {
    let key = Email::parse(account).map_or_else(|_| account.to_owned(), |email| email.key().to_owned());
    *SecretHash::of(&key).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = gatehouse_store::testing::NOW;

    fn address(last: u8) -> Option<IpAddr> {
        Some([192, 0, 2, last].into())
    }

    fn tries(throttle: &Throttle, account: &str, last: u8) -> usize {
        (0..200).take_while(|_| throttle.admit(What::Password, account, address(last), NOW).is_ok()).count()
    }

    #[test]
    fn neighbours_of_one_ipv6_network_are_one() {
        let throttle = Throttle::default();
        let from = |text: &str| throttle.admit(What::Password, "ann@example.com", text.parse().ok(), NOW).is_ok();
        assert!((1..=10).all(|last| from(&format!("2001:db8:1:2::{last}"))));
        assert!(!from("2001:db8:1:2:ffff::1") && from("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1".parse().expect("an address")), IpAddr::from([192, 0, 2, 1]));
    }

    #[test]
    fn what_came_to_nothing_forgives_nothing_before_it() {
        let throttle = Throttle::default();
        for _ in 0..20 {
            throttle.admit(What::Password, "ann@example.com", address(1), NOW).expect("not counted").take_back();
        }
        assert_eq!(tries(&throttle, "ann@example.com", 1), 10);
        let throttle = Throttle::default();
        assert!((0..9).all(|_| throttle.admit(What::Password, "ann@example.com", address(1), NOW).is_ok()));
        throttle.admit(What::Password, "ann@example.com", address(1), NOW).expect("the tenth").take_back();
        assert_eq!(tries(&throttle, "ann@example.com", 1), 1);
    }

    #[test]
    fn counts_pairs_accounts_and_addresses() {
        let throttle = Throttle::default();
        assert_eq!(tries(&throttle, "ann@example.com", 1), 10);
        assert_eq!(tries(&throttle, "ANN@Example.com", 1), 0, "however it is typed");
        assert_eq!(tries(&throttle, "bob@example.com", 1), 10, "another account");
        let all: usize = (2..20).map(|last| tries(&throttle, "ann@example.com", last)).sum();
        assert!((30..50).contains(&all), "{all}: an account has a limit over all addresses");
        let all: usize = (0..50).map(|n| tries(&throttle, &format!("u{n}@example.com"), 1)).sum();
        assert!((60..90).contains(&all), "{all}: an address has one over all accounts");
        let wait = throttle.admit(What::Password, "ann@example.com", address(1), NOW.plus_secs(60)).err();
        assert_eq!(wait, Some(14 * 60));
        assert!(throttle.admit(What::Password, "ann@example.com", address(1), NOW.plus_secs(900)).is_ok());
        assert!(throttle.admit(What::Mail, "ann@example.com", address(1), NOW).is_ok(), "counted by itself");
    }

    #[test]
    fn the_right_password_forgives() {
        let throttle = Throttle::default();
        for _ in 0..1_000 {
            for _ in 0..9 {
                let _wrong = throttle.admit(What::Password, "zoe@example.com", address(9), NOW);
            }
            let Ok(right) = throttle.admit(What::Password, "zoe@example.com", address(9), NOW) else { break };
            right.forgive();
        }
        let throttle = Throttle::default();
        for _ in 0..1_000 {
            throttle.admit(What::Password, "ann@example.com", address(1), NOW).expect("right each time").forgive();
        }
    }
}
