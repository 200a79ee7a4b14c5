//! Tells applications of sessions that have ended (OpenID Connect Back-Channel Logout 1.0 §2.5): at least once, for a day.
//!
//! 200 and 204 say that it was heard (§2.8), and so does any other success. 400 says that it never will be. Everything
//! else may pass: it is tried again, with a new token each time. What went wrong last stands on the application's page.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use gatehouse_core::id::RequestId;
use gatehouse_core::portal::application::{Application, ApplicationState};
use gatehouse_store::applications;
use gatehouse_store::db::Tx;
use gatehouse_store::outbox::{self, Claim, Kind, Message, State};
use gatehouse_store::refused_calls::{self, RefusedCall};
use http::StatusCode;
use url::{Url, form_urlencoded};

use super::JobError;
use crate::actions::logout_messages::Ended;
use crate::context::Context;
use crate::directory::Directory;
use crate::oauth::logout_token;

/// Messages under way at once; the outbox bounds those to one receiver.
const AT_ONCE: usize = 32;
/// A node that dies with claimed messages lets them go after this. A delivery takes [`crate::outbound::PATIENCE`].
const LEASE: Duration = Duration::from_secs(60);
/// One run claims for so long, and then ends what is under way: whoever wants to stop the node waits for it.
const TURN: Duration = Duration::from_secs(10);
/// For owners, beside refused calls.
const CODE: &str = "backchannel_logout_failed";

/// How an attempt ended.
enum Outcome {
    Heard,
    /// There is nobody left to tell.
    Moot(&'static str),
    Failed(Box<Failed>),
}

/// Why a message was not heard.
struct Failed {
    application: Application,
    /// What was answered, if anything was.
    status: Option<StatusCode>,
    why: String,
}

pub(super) async fn run(ctx: &Context, directory: &Directory, owner: &str) -> Result<(), JobError> {
    let ends = ctx.now().plus(TURN);
    let mut under_way = FuturesUnordered::new();
    loop {
        if ctx.now() < ends {
            for message in claim(ctx, owner, AT_ONCE - under_way.len()).await? {
                // On the heap: a TLS handshake is large.
                under_way.push(Box::pin(deliver(ctx, directory, owner, message)));
            }
        }
        match under_way.next().await {
            Some(outcome) => outcome?,
            None => return Ok(()),
        }
    }
}

async fn claim(ctx: &Context, owner: &str, limit: usize) -> Result<Vec<Message>, JobError> {
    let (now, owner) = (ctx.now(), owner.to_owned());
    let limit = u32::try_from(limit).unwrap_or(0);
    // Reading first: a quiet second costs no write.
    if limit == 0 || !ctx.db.read(async move |tx| outbox::any_due(tx, Kind::Logout, now).await).await? {
        return Ok(Vec::new());
    }
    let claim = async move |tx: &mut Tx| {
        outbox::claim(tx, &Claim { kind: Kind::Logout, owner: &owner, now, lease: LEASE, limit }).await
    };
    Ok(ctx.db.write(claim).await?)
}

async fn deliver(ctx: &Context, directory: &Directory, owner: &str, message: Message) -> Result<(), JobError> {
    let outcome = attempt(ctx, directory, &message).await?;
    settle(ctx, owner, message, outcome).await
}

async fn attempt(ctx: &Context, directory: &Directory, message: &Message) -> Result<Outcome, JobError> {
    let Ok(ended) = serde_json::from_value::<Ended>(message.payload.clone()) else {
        return Ok(Outcome::Moot("the message cannot be read"));
    };
    let id = ended.application;
    let found = ctx.db.read(async move |tx: &mut Tx| applications::find(tx, id).await).await?;
    let Some(application) = found.filter(|found| found.state == ApplicationState::Active) else {
        return Ok(Outcome::Moot("the application is not active"));
    };
    let Some(uri) = application.backchannel_logout_uri.clone() else {
        return Ok(Outcome::Moot("the application has no address for it"));
    };
    let Some(server) = directory.server(ended.server.as_str()) else {
        return Ok(Outcome::Moot("the authorization server is gone"));
    };
    let failed = |application, status, why| Outcome::Failed(Box::new(Failed { application, status, why }));
    let token = match logout_token::issue(ctx, directory, (&server, &application), &ended) {
        Ok(token) => token,
        Err(why) => {
            tracing::error!(server.id = server.id, why, "logout_token.not_signed");
            return Ok(failed(application, None, "something went wrong on our side".to_owned()));
        }
    };
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
    Ok(match ctx.outbound.post_form(&uri, form).await {
        Ok(status) if status.is_success() => Outcome::Heard,
        Ok(status) => failed(application, Some(status), format!("it answered {}", status.as_u16())),
        Err(error) => failed(application, None, error.to_string()),
    })
}

async fn settle(ctx: &Context, owner: &str, message: Message, outcome: Outcome) -> Result<(), JobError> {
    let (context, owner, id, attempt) = (ctx.clone(), owner.to_owned(), message.id, message.attempt);
    let write = async move |tx: &mut Tx| {
        let now = context.now();
        let failed = match &outcome {
            Outcome::Heard => return outbox::sent(tx, id, &owner, now).await.map(|_| None),
            Outcome::Moot(why) => return outbox::refuse(tx, id, &owner, why, now).await.map(|_| None),
            Outcome::Failed(failed) => failed,
        };
        let state = match failed.status {
            Some(StatusCode::BAD_REQUEST) => outbox::refuse(tx, id, &owner, &failed.why, now).await?,
            _ => outbox::postpone(tx, &message, &owner, &failed.why, now).await?,
        };
        if let Some(state) = state {
            refused_calls::replace(tx, &failed.application.client_id, &note(&context, failed, state)).await?;
        }
        Ok(state.map(|state| (state, failed.why.clone())))
    };
    match ctx.db.write(write).await? {
        Some((State::Failed, why)) => tracing::warn!(outbox.id = %id, outbox.attempt = attempt, why, "logout.failed"),
        Some((_, why)) => tracing::info!(outbox.id = %id, outbox.attempt = attempt, why, "logout.postponed"),
        None => {}
    }
    Ok(())
}

/// For the owners of the application, who alone know what listens there.
fn note(ctx: &Context, failed: &Failed, state: State) -> RefusedCall {
    let uri = failed.application.backchannel_logout_uri.as_deref().and_then(|uri| Url::parse(uri).ok());
    let again = match state {
        State::Failed => "It is not tried again.",
        State::Waiting | State::Sent => "It is tried again for a day.",
    };
    RefusedCall {
        id: RequestId::new(ctx.now(), ctx.random()),
        at: ctx.now(),
        method: "POST".to_owned(),
        path: uri.map(|uri| uri.path().to_owned()).unwrap_or_default(),
        status: failed.status.map_or(0, |status| status.as_u16().into()),
        claimed: false,
        passed_on: false,
        code: CODE.to_owned(),
        reason: format!(
            "A customer's session has ended, and your back-channel logout URI did not confirm that it heard of it: {}. \
             {again}",
            failed.why
        ),
    }
}
