//! Who looks at a page: the session cookie, and what pages need to know of its user.
//!
//! A page that anybody may see takes a [`Visitor`]; one that needs a user takes a [`SignedIn`], and whoever is not
//! signed in is sent to sign in and comes back.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{RequestId, SessionId};
use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_core::identity::user::{Role, User};
use gatehouse_core::secret::Secret;
use gatehouse_core::time::Timestamp;
use gatehouse_store::notifications::{Reach, Unread};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::at::At;
use super::chrome::{Chrome, Section};
use super::session_over::SignInNeeded;
use crate::actions::sessions::{self, Membership};
use crate::actions::{Actor, ActorKind, notifications};
use crate::state::{App, AppState};

/// Bytes that may stand as they are in `return_to`.
const RETURN_TO: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// Of the session's cookie.
const WORD: &str = "gatehouse";

/// Whoever looks at the page.
#[derive(Clone, Debug, Default)]
pub struct Visitor(pub Option<SignedIn>);

/// A signed-in user who looks at the page.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The person, active.
    pub user: User,
    /// The session of this browser.
    pub session_id: SessionId,
    /// When the user last proved who they are.
    pub authenticated_at: Timestamp,
    /// By what; [`Acr::of`](gatehouse_core::oauth::acr::Acr::of) says how well.
    pub amr: Vec<AuthenticationMethod>,
    /// The longest time without use since then, up to this request; to the minute.
    pub idle: Duration,
    /// The user's organizations, in order of name.
    pub organizations: Vec<Membership>,
    /// Messages of the portal that the user has not seen.
    pub unread: Unread,
    /// For actions in the user's name.
    pub actor: Actor,
}

impl Visitor {
    /// The frame of a page for whoever looks.
    pub fn chrome(&self, section: Section) -> Chrome<'_> {
        self.0.as_ref().map_or_else(|| Chrome::public(section), |signed_in| signed_in.chrome(section))
    }
}

impl SignedIn {
    /// The frame of a page for this user.
    pub fn chrome(&self, section: Section) -> Chrome<'_> {
        Chrome::of(&self.user, self.unread, section)
    }

    /// For the round picture of the account.
    pub fn initials(&self) -> String {
        self.chrome(Section::None).account.map(|account| account.initials()).unwrap_or_default()
    }

    /// The user has seen what messages told of this path and the pages below it; the navigation of this page knows.
    pub async fn has_seen(&mut self, app: &App, path: &str) {
        self.mark_seen(app, path, Reach::Below).await;
    }

    /// The same without the pages below it, which say more than this one.
    pub async fn has_seen_only(&mut self, app: &App, path: &str) {
        self.mark_seen(app, path, Reach::Page).await;
    }

    async fn mark_seen(&mut self, app: &App, path: &str, reach: Reach) {
        if self.unread == Unread::default() {
            return;
        }
        match notifications::seen(&app.ctx, self.user.id, (path, reach)).await {
            Ok(unread) => self.unread = unread,
            // They stay unread, no more.
            Err(error) => tracing::warn!(%error, "notifications.not_marked"),
        }
    }

    /// Whether the review desk is this user's.
    pub fn is_reviewer(&self) -> bool {
        matches!(self.user.role, Role::Reviewer | Role::Admin)
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        if let Some(known) = parts.extensions.get::<Visitor>() {
            return Ok(known.clone());
        }
        let visitor = Self(look_up(parts, app).await);
        parts.extensions.insert(visitor.clone());
        Ok(visitor)
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let Ok(Visitor(visitor)) = Visitor::from_request_parts(parts, app).await;
        visitor.ok_or_else(|| to_sign_in(parts))
    }
}

/// `Set-Cookie` for a new session, of the portal's own host.
pub fn cookie(app: &App, value: &Secret) -> HeaderValue {
    cookie_at(&app.config.portal_url, value)
}

/// `Set-Cookie` for a new session at a base address of ours.
pub fn cookie_at(base_url: &str, value: &Secret) -> HeaderValue {
    set_named(&named(WORD, base_url), value.expose(), "")
}

/// `Set-Cookie` that takes the session away, of the portal's own host.
pub fn no_cookie(app: &AppState) -> HeaderValue {
    no_cookie_at(&app.config.portal_url)
}

/// `Set-Cookie` that takes the session away at a base address of ours.
pub fn no_cookie_at(base_url: &str) -> HeaderValue {
    set_named(&named(WORD, base_url), "", "; Max-Age=0")
}

/// From where a request comes, for the list of sessions.
pub fn device(parts: &Parts) -> Device {
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Device { address: peer(parts), user_agent: user_agent.map(str::to_owned) }
}

async fn look_up(parts: &Parts, app: &AppState) -> Option<SignedIn> {
    let value = presented(&parts.headers, &named(WORD, &At::of(&parts.extensions, app)))?;
    let known = match sessions::authenticate(&app.ctx, value).await {
        Ok(known) => known?,
        Err(error) => {
            // Pages for everybody still work; others ask to sign in, and say then that they cannot.
            tracing::error!(%error, "session.not_read");
            return None;
        }
    };
    let request_id = parts.extensions.get::<RequestId>().copied();
    let actor = Actor { kind: ActorKind::User(known.user.id), request_id, address: peer(parts) };
    let idle = known.session.idle(app.ctx.now());
    Some(SignedIn {
        user: known.user,
        session_id: known.session.id,
        authenticated_at: known.session.authenticated_at,
        amr: known.session.amr,
        idle,
        organizations: known.organizations,
        unread: known.unread,
        actor,
    })
}

/// Who has signed in comes back to where they wanted to go; after a POST, to its page.
fn to_sign_in(parts: &Parts) -> Response {
    if parts.method == Method::POST {
        return form_kept(parts.uri.path());
    }
    let wanted = parts.uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    sign_in_and_return(wanted)
}

/// The layer [`super::session_over`] makes a page of it that keeps what was typed.
fn form_kept(path: &str) -> Response {
    let mut response = sign_in_and_return(path);
    response.extensions_mut().insert(SignInNeeded);
    response
}

fn sign_in_and_return(wanted: &str) -> Response {
    Redirect::to(&format!("/sign-in?return_to={}", utf8_percent_encode(wanted, RETURN_TO))).into_response()
}

/// `__Host-` binds a cookie to this very host, over TLS only.
pub(crate) fn named(word: &'static str, portal_url: &str) -> String {
    if portal_url.starts_with("https://") { format!("__Host-{word}") } else { word.to_owned() }
}

/// `Set-Cookie` of a name that [`named`] made.
pub(crate) fn set_named(name: &str, value: &str, more: &str) -> HeaderValue {
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// The one value of a cookie; two different ones are none, since one of them was planted.
pub(crate) fn presented<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let value = found.next()?;
    found.all(|other| other == value).then_some(value)
}

fn peer(parts: &Parts) -> Option<String> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_one_cookie() {
        let cases: [(&[&'static str], Option<&str>); 6] = [
            (&["gatehouse=a"], Some("a")),
            (&["x=1; gatehouse=a; y=2"], Some("a")),
            (&["x=1", "gatehouse=a"], Some("a")),
            (&["gatehouse=a; gatehouse=b"], None),
            (&["not-gatehouse=a", "Gatehouse=b"], None),
            (&[], None),
        ];
        for (lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_static(line));
            }
            assert_eq!(presented(&headers, "gatehouse"), expected, "{lines:?}");
        }
    }

    #[test]
    fn comes_back_to_a_path_of_ours() {
        let request = |method: Method, uri: &str| http::Request::builder().method(method).uri(uri).body(()).unwrap();
        for (method, uri, expected) in [
            (Method::GET, "/applications?q=a&b=//c", "/sign-in?return_to=/applications%3Fq%3Da%26b%3D//c"),
            (Method::POST, "/apis/results/request?x=1", "/sign-in?return_to=/apis/results/request"),
            (Method::GET, "https://evil.example/x", "/sign-in?return_to=/x"),
        ] {
            let (parts, ()) = request(method, uri).into_parts();
            let response = to_sign_in(&parts);
            assert_eq!(response.headers()[header::LOCATION], expected);
            assert_eq!(response.extensions().get::<SignInNeeded>().is_some(), parts.method == Method::POST);
        }
    }
}
