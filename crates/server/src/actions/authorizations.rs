//! A customer authorizes an application: everything is looked at once more in the transaction that writes consent, grant
//! and code, so that nothing is given on the strength of what was so a moment ago.

use std::sync::Arc;

use gatehouse_core::id::{ApplicationId, ConsentId, GrantId, OrganizationId, SessionId, UserId};
use gatehouse_core::oauth::authorization_server::ServerId;
use gatehouse_core::oauth::authorize::Target;
use gatehouse_core::oauth::code::Code;
use gatehouse_core::oauth::consent::Consent;
use gatehouse_core::oauth::grant::{self, Authentication, Grant};
use gatehouse_core::oauth::redirect_uri;
use gatehouse_core::portal::application::{Application, ApplicationState};
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{
    applications, audit, codes, consents, grants, organizations, session_applications, sessions, users,
};
use serde_json::json;

use super::{ActionError, Actor, ActorKind, events};
use crate::context::Context;
use crate::directory::Server;

/// What a customer allows.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// On which server.
    pub server: Arc<Server>,
    /// To which application.
    pub application_id: ApplicationId,
    /// In which session.
    pub session_id: SessionId,
    /// Where the code goes.
    pub target: Target,
    /// S256.
    pub code_challenge: Option<String>,
    /// What, in the order asked for.
    pub scopes: Vec<String>,
    /// The `resource` parameters.
    pub resources: Vec<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The `claims` parameter.
    pub claims: Option<String>,
    /// The scopes to remember; `None` where nothing was asked.
    pub remember: Option<Vec<String>>,
}

/// Whose an application is, as customers see it.
#[derive(Clone, Debug, Default)]
pub struct Publisher {
    /// The organization's name.
    pub name: String,
    /// Its homepage.
    pub homepage: Option<String>,
    /// Since when an operator vouches for it.
    pub verified_at: Option<Timestamp>,
}

/// Whose an application is.
pub async fn publisher(ctx: &Context, id: OrganizationId) -> Result<Publisher, ActionError> {
    let found = ctx.db.read(async move |tx| organizations::find(tx, id).await).await?;
    let found = found.ok_or_else(|| ActionError::not_found("organization", id))?;
    Ok(Publisher { name: found.name, homepage: found.homepage, verified_at: found.verified_at })
}

/// Gives the code.
///
/// # Errors
/// `Conflict` when user, session or application are no longer what they were.
pub async fn authorize(ctx: &Context, actor: &Actor, what: Authorization) -> Result<Secret, ActionError> {
    let ActorKind::User(user) = actor.kind else { return Err(changed()) };
    let code = mint(&ctx.secret_prefix, SecretKind::Code, ctx.random());
    let (context, actor, hash) = (ctx.clone(), actor.clone(), code.hash());
    let write = async move |tx: &mut Tx| {
        let authentication = look_again(tx, &what, user, context.now()).await?;
        let grant = grant(&context, &what, user, authentication)?;
        if let Some(scopes) = &what.remember {
            consents::save(tx, &consent(&context, &grant, scopes)).await?;
        }
        grants::insert(tx, &grant).await?;
        session_applications::add(tx, &grant).await?;
        codes::insert(tx, &given(&what, &grant), hash).await?;
        let event = events::event(&context, &actor, "grant.created", "grant", grant.id).after(json!({
            "application": grant.application_id,
            "server": grant.server_id.as_str(),
            "scopes": grant.scopes,
            "asked": what.remember.is_some(),
        }));
        audit::record(tx, &event).await?;
        Ok::<_, ActionError>(())
    };
    ctx.db.write(write).await?;
    Ok(code)
}

/// When and how the person signed in, if everything is still so.
async fn look_again(
    tx: &mut Tx,
    what: &Authorization,
    user: UserId,
    now: Timestamp,
) -> Result<Authentication, ActionError> {
    let (authentication, application) = who_acts(tx, (user, what.session_id), what.application_id, now).await?;
    match redirect_uri::find(&application.redirect_uris, &what.target.redirect_uri) {
        Some(_) => Ok(authentication),
        None => Err(changed()),
    }
}

/// When and how the person signed in, and the application, if session, person and application are good now.
///
/// # Errors
/// `Conflict` when one of them is not.
pub(super) async fn who_acts(
    tx: &mut Tx,
    (user, session_id): (UserId, SessionId),
    application_id: ApplicationId,
    now: Timestamp,
) -> Result<(Authentication, Application), ActionError> {
    let session = sessions::find(tx, session_id).await?.ok_or_else(changed)?;
    let person = users::find(tx, user).await?.ok_or_else(changed)?;
    let application = applications::find(tx, application_id).await?.ok_or_else(changed)?;
    let good = session.user_id == user
        && session.is_live(now)
        && person.is_active()
        && person.is_verified()
        && application.state == ApplicationState::Active;
    match good {
        true => Ok((Authentication { at: session.authenticated_at, amr: session.amr }, application)),
        false => Err(changed()),
    }
}

fn grant(
    ctx: &Context,
    what: &Authorization,
    user_id: UserId,
    authentication: Authentication,
) -> Result<Grant, ActionError> {
    let now = ctx.now();
    let server_id: ServerId =
        what.server.id.parse().map_err(|_| ActionError::Internal("a server id is no server id".to_owned()))?;
    Ok(Grant {
        id: GrantId::new(now, ctx.random()),
        server_id,
        application_id: what.application_id,
        user_id,
        session_id: Some(what.session_id),
        scopes: what.scopes.clone(),
        resources: what.resources.clone(),
        nonce: what.nonce.clone(),
        claims: what.claims.clone(),
        authentication,
        created_at: now,
        last_used_at: now,
        expires_at: grant::expires_at(&what.server.lifetimes, &what.scopes, now),
        ended_at: None,
    })
}

/// What is remembered of a grant.
pub(super) fn consent(ctx: &Context, grant: &Grant, scopes: &[String]) -> Consent {
    Consent {
        id: ConsentId::new(grant.created_at, ctx.random()),
        server_id: grant.server_id.clone(),
        application_id: grant.application_id,
        user_id: grant.user_id,
        scopes: scopes.to_vec(),
        created_at: grant.created_at,
        updated_at: grant.created_at,
    }
}

fn given(what: &Authorization, grant: &Grant) -> Code {
    Code {
        grant_id: grant.id,
        redirect_uri: what.target.redirect_uri.clone(),
        redirect_uri_sent: what.target.redirect_uri_sent,
        code_challenge: what.code_challenge.clone(),
        created_at: grant.created_at,
        expires_at: grant.created_at.plus_secs(what.server.lifetimes.code),
        used_at: None,
    }
}

fn changed() -> ActionError {
    ActionError::changed_meanwhile()
}
