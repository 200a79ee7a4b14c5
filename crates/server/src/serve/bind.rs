//! Sockets that listen.

use std::io;
use std::net::{IpAddr, SocketAddr};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// Connections that the system keeps until we accept them.
const BACKLOG: i32 = 1_024;

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process has it.
    #[error("port {} is in use on {}: stop the program that has it, or choose another port", .0.port(), .0.ip())]
    InUse(SocketAddr),
    /// Ports below 1024, or a security policy.
    #[error("this user may not listen on {0}: choose a port from 1024 on, or give the program the right to it")]
    NotAllowed(SocketAddr),
    /// The machine has no such address, or something else.
    #[error("cannot listen on {0}: {1}")]
    Other(SocketAddr, io::Error),
}

/// Listens on every address. A machine without IPv6 may lack `::1`: it is left out when another address is there.
pub fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        match listen(*address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_missing_family(*address, &error) && addresses.len() > 1 => {
                tracing::debug!(listen.address = %address, "listen.no_ipv6");
            }
            Err(error) => {
                return Err(match error.kind() {
                    io::ErrorKind::AddrInUse => BindError::InUse(*address),
                    io::ErrorKind::PermissionDenied => BindError::NotAllowed(*address),
                    _ => BindError::Other(*address, error),
                });
            }
        }
    }
    Ok(listeners)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for old connections to time out.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn is_missing_family(address: SocketAddr, error: &io::Error) -> bool {
    let family = [rustix::io::Errno::AFNOSUPPORT, rustix::io::Errno::ADDRNOTAVAIL];
    matches!(address.ip(), IpAddr::V6(ip) if ip.is_loopback())
        && family.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Every connection is an open file: asks for as many as the system grants. Failing to is no failure.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, wanted) {
            tracing::debug!(%error, "open_files.not_raised");
        }
    }
}
