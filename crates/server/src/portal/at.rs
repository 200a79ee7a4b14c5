//! At which of our addresses a page is shown. Sign-in, consent and the like are pages of the portal, and where issuers
//! have a host of their own, pages of that host too: each with a session cookie, form tokens and addresses to come back to
//! of its own. The address comes from the configuration, never from the request.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::Extensions;
use http::request::Parts;

use super::chrome::{Chrome, Section};
use super::visitor::SignedIn;
use crate::state::{App, AppState};

/// A configured base address, without a slash at its end. In the extensions of requests to another host than the portal's.
#[derive(Clone, Debug)]
pub struct At(Arc<str>);

impl At {
    /// Of the host that a table is for.
    pub fn new(base_url: &str) -> Self {
        Self(base_url.into())
    }

    /// Of a request.
    pub fn of(extensions: &Extensions, app: &App) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self::new(&app.config.portal_url))
    }

    /// A path of ours as seen from here: on another host than the portal's there are only the pages of an authorization.
    pub fn address(&self, app: &App, path: &str) -> String {
        let is_here = *self.0 == *app.config.portal_url || is_of_issuers(path);
        if is_here { path.to_owned() } else { format!("{}{path}", app.config.portal_url) }
    }

    /// A path of ours as seen from the portal: issuers may have a host of their own.
    pub fn from_portal(app: &App, path: &str) -> String {
        let is_here = app.config.issuer_url == app.config.portal_url || !is_of_issuers(path);
        if is_here { path.to_owned() } else { format!("{}{path}", app.config.issuer_url) }
    }

    /// The frame of a page for whoever is signed in.
    pub fn chrome_of<'a>(&self, app: &'a App, user: &'a SignedIn) -> Chrome<'a> {
        if *self.0 == *app.config.portal_url { user.chrome(Section::None) } else { self.chrome(app) }
    }

    /// The frame of a page for nobody in particular: links lead to the portal, wherever the page is shown.
    pub fn chrome<'a>(&self, app: &'a App) -> Chrome<'a> {
        if *self.0 == *app.config.portal_url {
            Chrome::public(Section::None)
        } else {
            Chrome::elsewhere(&app.config.portal_url)
        }
    }
}

/// Whether the path is one of an authorization, which there are on the issuers' host.
fn is_of_issuers(path: &str) -> bool {
    path == "/device" || ["/oauth2/", "/device?", "/device/"].iter().any(|start| path.starts_with(start))
}

impl Deref for At {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl FromRequestParts<AppState> for At {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions, app))
    }
}
