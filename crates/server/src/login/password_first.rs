//! Pages that ask for the present password, for somebody who has none: whoever signed up by a passkey chooses one first.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::Response;
use gatehouse_core::id::RequestId;
use http::StatusCode;
use http::request::Parts;

use crate::actions::factors::{self, Password};
use crate::portal::chrome::{Chrome, Section};
use crate::portal::visitor::SignedIn;
use crate::portal::{failed, page};
use crate::state::{App, AppState};

/// Somebody who is signed in and has a password.
pub struct WithPassword(pub SignedIn);

#[derive(Template)]
#[template(path = "login/password_first.html")]
struct Page<'a> {
    chrome: Chrome<'a>,
    email: &'a str,
}

impl FromRequestParts<AppState> for WithPassword {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let user = SignedIn::from_request_parts(parts, app).await?;
        checked(app, &user).await.map(|()| Self(user))
    }
}

/// The page in place of another one, for somebody who has none.
pub(super) async fn checked(app: &App, user: &SignedIn) -> Result<(), Response> {
    match factors::password(&app.ctx, user.user.id).await {
        Ok(Password::Set) => Ok(()),
        Ok(Password::None) => {
            let page = Page { chrome: user.chrome(Section::None), email: user.user.email.as_typed() };
            Err(page::private(StatusCode::OK, &page))
        }
        Err(error) => Err(failed::page(&error, RequestId::new(app.ctx.now(), app.ctx.random()))),
    }
}
