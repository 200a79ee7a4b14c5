//! From a host name to addresses.

use std::io;
use std::net::IpAddr;

/// Who is asked.
pub(super) enum Lookup {
    /// The machine's resolver.
    System,
    /// Answers of a test, one after the other, as an attacker's name server gives them.
    #[cfg(test)]
    Scripted(std::sync::Mutex<std::collections::VecDeque<Vec<IpAddr>>>),
}

impl Lookup {
    /// Asks once.
    pub(super) async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()),
            #[cfg(test)]
            Self::Scripted(answers) => {
                let next = answers.lock().ok().and_then(|mut answers| answers.pop_front());
                next.ok_or_else(|| io::Error::other("asked more often than the test expects"))
            }
        }
    }
}
