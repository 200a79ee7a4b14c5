//! Connects to what was judged, and to nothing else.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::address::{Way, way};
use super::{Inner, OutboundError};

/// For one of several addresses; the others shall have their turn.
const TO_CONNECT: Duration = Duration::from_secs(4);

/// A connection, encrypted or not.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

pub(super) async fn connect(client: &Inner, url: &Url) -> Result<Stream, OutboundError> {
    let port = url.port_or_known_default().ok_or(OutboundError::Address)?;
    let stream = first(&judged(client, url).await?, port).await?;
    if url.scheme() == "http" {
        return Ok(Stream::Plain(stream));
    }
    let name = match url.host() {
        Some(Host::Domain(name)) => ServerName::try_from(name.trim_end_matches('.').to_owned()),
        Some(Host::Ipv4(address)) => Ok(ServerName::from(IpAddr::V4(address))),
        Some(Host::Ipv6(address)) => Ok(ServerName::from(IpAddr::V6(address))),
        None => return Err(OutboundError::Address),
    };
    let name = name.map_err(|_| OutboundError::Address)?;
    let stream = TlsConnector::from(tls(client)?).connect(name, stream).await.map_err(|_| OutboundError::Tls)?;
    Ok(Stream::Tls(Box::new(stream)))
}

/// Every address of the host; one that may not be called refuses all.
async fn judged(client: &Inner, url: &Url) -> Result<Vec<IpAddr>, OutboundError> {
    let encrypted = url.scheme() == "https";
    let addresses = match url.host() {
        // The parser has made decimal, octal and hexadecimal spellings into one.
        Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
        Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
        Some(Host::Domain(name)) => client.lookup.addresses(name).await.map_err(|_| OutboundError::Host)?,
        None => return Err(OutboundError::Address),
    };
    let is_good = |address: &IpAddr| match way(*address, &client.allow) {
        Way::Opened => true,
        Way::Public => encrypted,
        Way::Closed => false,
    };
    if !addresses.is_empty() && addresses.iter().all(is_good) {
        return Ok(addresses);
    }
    let plain = !encrypted && addresses.iter().any(|address| way(*address, &client.allow) == Way::Public);
    Err(if plain { OutboundError::Address } else { OutboundError::Host })
}

async fn first(addresses: &[IpAddr], port: u16) -> Result<TcpStream, OutboundError> {
    for address in addresses {
        let connecting = TcpStream::connect(SocketAddr::new(*address, port));
        if let Ok(Ok(stream)) = tokio::time::timeout(TO_CONNECT, connecting).await {
            // A small request goes at once; a socket that does not know the option works as well.
            drop(stream.set_nodelay(true));
            return Ok(stream);
        }
    }
    Err(OutboundError::Connect)
}

/// Believes the authorities that the machine believes (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others).
fn tls(client: &Inner) -> Result<Arc<ClientConfig>, OutboundError> {
    if let Some(made) = client.tls.get() {
        return Ok(Arc::clone(made));
    }
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::error!("no certificate authority is known to this machine: no application can be called");
    }
    let made = config(roots).map_err(|error| {
        tracing::error!(%error, "TLS to applications");
        OutboundError::Tls
    })?;
    Ok(Arc::clone(client.tls.get_or_init(|| made)))
}

/// Believes these authorities.
pub(super) fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>, tokio_rustls::rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
