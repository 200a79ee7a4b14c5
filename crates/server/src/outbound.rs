//! The one client for addresses that a developer or a client supplies (`security.md` E, CWE-918): `https` only, to public
//! addresses only, small answers, in little time.
//!
//! Against rebinding (CVE-2026-1180, CVE-2020-10770) the addresses of a host name are asked for once per request, each is
//! judged, and the connection goes to what was judged. An IP address in any spelling is a host like any other: what is
//! judged is what is connected to. Redirects are answers, never followed; no proxy is taken from the environment; nothing
//! is kept between requests. What went wrong is told without addresses, and a name that leads inside is told as one that
//! leads nowhere, so that nobody explores a network by our answers.
//!
//! `outbound_allow` opens networks, for plain `http` too; addresses of cloud metadata stay closed. Upstreams, which only
//! operators name, have a client of their own.

mod address;
mod connect;
mod lookup;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, ORIGIN, USER_AGENT};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio_rustls::rustls::ClientConfig;
use url::{Host, Position, Url};

use self::lookup::Lookup;
use crate::serve::Network;

/// What one request may take altogether, from the question for the host's address to the last byte of the answer.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer's body.
const LARGEST_BODY: usize = 64 * 1024;
/// Bytes of an answer's head.
const LARGEST_HEAD: usize = 32 * 1024;
const MOST_HEADERS: usize = 100;
const LONGEST_URL: usize = 2_000;
const AGENT: &str = concat!("gatehouse/", env!("CARGO_PKG_VERSION"));

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    allow: Vec<Network>,
    whole: Duration,
    lookup: Lookup,
    /// Made when it is first needed: reading the machine's certificates takes a while.
    tls: OnceLock<Arc<ClientConfig>>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// A redirect is one, too.
    pub status: StatusCode,
    /// At most 64 KiB.
    pub body: Bytes,
}

/// Why there is no answer, without addresses: whoever supplied the URL may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not absolute, too long, another scheme, or with credentials.
    #[error("the address is not an https address without user name and password")]
    Address,
    /// Unknown, or leads to what this server does not call.
    #[error("the host is not known, or not on the public internet")]
    Host,
    /// Nothing listens, or it does not answer.
    #[error("no connection could be made")]
    Connect,
    /// Also a certificate that is not good for the host.
    #[error("the TLS handshake failed: check the certificate and its chain")]
    Tls,
    /// Not in time.
    #[error("there was no whole answer in time")]
    Late,
    /// Too much.
    #[error("the answer is too large")]
    Large,
    /// Something else than HTTP/1.1, or cut.
    #[error("the answer is not a whole HTTP answer")]
    Http,
}

impl Outbound {
    /// With networks that are open although they are not public, and the time for a request altogether, [`PATIENCE`]
    /// but for tests.
    pub fn new(allow: Vec<Network>, whole: Duration) -> Self {
        Self::with_lookup(allow, whole, Lookup::System)
    }

    /// Nothing open but the public internet.
    pub fn closed() -> Self {
        Self::new(Vec::new(), PATIENCE)
    }

    fn with_lookup(allow: Vec<Network>, whole: Duration, lookup: Lookup) -> Self {
        Self(Arc::new(Inner { allow, whole, lookup, tls: OnceLock::new() }))
    }

    /// Fetches a document.
    ///
    /// # Errors
    /// [`OutboundError`] when there is no whole answer.
    pub async fn get(&self, url: &str, accept: &'static str) -> Result<Answer, OutboundError> {
        let url = check(url)?;
        let head = Request::builder().method(Method::GET).header(ACCEPT, accept);
        self.in_time(async {
            let (response, _connection) = self.exchange(&url, head, Bytes::new()).await?;
            whole(response).await
        })
        .await
    }

    /// Sends a form. What the answer holds besides its status is not read.
    ///
    /// # Errors
    /// [`OutboundError`] when there is no answer.
    pub async fn post_form(&self, url: &str, form: String) -> Result<StatusCode, OutboundError> {
        let url = check(url)?;
        let head = Request::builder().method(Method::POST).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let sending = async {
            let (response, _connection) = self.exchange(&url, head, Bytes::from(form)).await?;
            Ok(response.status())
        };
        self.in_time(sending).await
    }

    /// Sends a form as a page of `origin` does, and reads the answer.
    ///
    /// # Errors
    /// [`OutboundError`] when there is no whole answer.
    pub async fn post_form_from(&self, origin: &str, url: &str, form: String) -> Result<Answer, OutboundError> {
        let url = check(url)?;
        let head = Request::builder().method(Method::POST).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let head = head.header(ORIGIN, origin);
        self.in_time(async {
            let (response, _connection) = self.exchange(&url, head, Bytes::from(form)).await?;
            whole(response).await
        })
        .await
    }

    async fn in_time<T>(&self, exchange: impl Future<Output = Result<T, OutboundError>>) -> Result<T, OutboundError> {
        // On the heap: a TLS handshake is large.
        let exchange = Box::pin(exchange);
        tokio::time::timeout(self.0.whole, exchange).await.unwrap_or(Err(OutboundError::Late))
    }

    /// The connection is cut when the second part of the answer goes.
    async fn exchange(
        &self,
        url: &Url,
        head: http::request::Builder,
        body: Bytes,
    ) -> Result<(Response<Incoming>, JoinSet<()>), OutboundError> {
        let request = head
            .uri(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
            .header(USER_AGENT, AGENT)
            .header(CONNECTION, "close")
            .body(Full::new(body))
            .map_err(|_| OutboundError::Address)?;
        let stream = connect::connect(&self.0, url).await?;
        let mut builder = hyper::client::conn::http1::Builder::new();
        builder.max_buf_size(LARGEST_HEAD).max_headers(MOST_HEADERS);
        let shaken = builder.handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|_| OutboundError::Http)?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // What goes wrong here is told by the answer, or its body.
            drop(connection.await);
        });
        let response = sender.send_request(request).await.map_err(|_| OutboundError::Http)?;
        Ok((response, driver))
    }
}

async fn whole(response: Response<Incoming>) -> Result<Answer, OutboundError> {
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST_BODY)
        .collect()
        .await
        .map_err(|error| if error.is::<LengthLimitError>() { OutboundError::Large } else { OutboundError::Http })?;
    Ok(Answer { status, body: body.to_bytes() })
}

/// What can be told from the address itself.
fn check(text: &str) -> Result<Url, OutboundError> {
    if text.len() > LONGEST_URL {
        return Err(OutboundError::Address);
    }
    let url = Url::parse(text).map_err(|_| OutboundError::Address)?;
    let has_host = match url.host() {
        Some(Host::Domain(name)) => !name.is_empty(),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    };
    let is_good =
        matches!(url.scheme(), "https" | "http") && has_host && url.username().is_empty() && url.password().is_none();
    if is_good { Ok(url) } else { Err(OutboundError::Address) }
}

#[cfg(test)]
mod tests;
