//! `gatehouse secrets create --link`: a link in place of the secret, for a person without an account. The secret is sealed
//! here; the server stores what it cannot read.

use gatehouse_core::id::ApplicationId;
use gatehouse_core::jose::base64url;
use gatehouse_core::portal::link_key::LinkKey;
use gatehouse_server::actions::applications::{self, Environment};
use gatehouse_server::actions::client_secrets::{self, CreatedLink, CreatedSecret, NewLink, NewSecret, Revocation};
use gatehouse_server::manage::client_secret_links::{ClientSecretLinkView, CreatedClientSecretLinkView};

use crate::cli::failure::failed;
use crate::cli::global::Session;

/// Makes a secret and a link to it, and prints the link.
pub(super) async fn create(session: &Session, application: ApplicationId, input: NewSecret) -> anyhow::Result<()> {
    let (ctx, actor) = (&session.ctx, &session.actor);
    // Before the secret is made: nobody could be told of it.
    ctx.portal_url().map_err(failed)?;
    let overview = applications::overview(ctx, actor, application).await.map_err(failed)?;
    let addresses = session.config.addresses.as_ref().ok_or_else(|| anyhow::anyhow!("configure portal_url"))?;
    let base = (addresses.issuer.as_str(), addresses.api.as_str());
    let environment = Environment::of(&overview, base, ctx.now());
    let created = client_secrets::create(ctx, actor, application, input).await.map_err(failed)?;
    let key = LinkKey::draw(ctx.random());
    match link(session, (application, &created), &environment, &key).await {
        Ok(link) => print(session, &created, &link, &key),
        Err(error) => {
            let unseen = Revocation { last_active: true, ..Revocation::default() };
            client_secrets::revoke(ctx, actor, (application, created.secret.id), unseen).await.map_err(failed)?;
            Err(error.context("no link was made, and the secret was revoked, for nobody has seen it"))
        }
    }
}

async fn link(
    session: &Session,
    (application, created): (ApplicationId, &CreatedSecret),
    environment: &Environment,
    key: &LinkKey,
) -> anyhow::Result<CreatedLink> {
    let text = environment.with(&created.client_id, &created.text);
    let sealed = base64url(&key.seal(&text, session.ctx.random())?);
    let input = NewLink { secret_id: created.secret.id, sealed };
    client_secrets::create_link(&session.ctx, &session.actor, application, input).await.map_err(failed)
}

fn print(session: &Session, created: &CreatedSecret, link: &CreatedLink, key: &LinkKey) -> anyhow::Result<()> {
    let mut view = CreatedClientSecretLinkView::from(link);
    view.url = format!("{}#{}", view.url, key.text().expose());
    let fields = [
        ("id", created.secret.id.to_string()),
        ("name", created.secret.name.clone()),
        ("client id", created.client_id.clone()),
        ("link", format!("{}  (shown this once)", view.url)),
        ("works", format!("once, until {}", view.listed.expires_at.0)),
    ];
    session.output.item(&view, &fields)
}

/// Prints the links of an application that have not ended.
pub(super) async fn list(session: &Session, application: ApplicationId) -> anyhow::Result<()> {
    let found = client_secrets::list_links(&session.ctx, &session.actor, application).await.map_err(failed)?;
    let views: Vec<_> = found.iter().map(|link| ClientSecretLinkView::at(link, session.ctx.now())).collect();
    session.output.list(&views, &["id", "secret", "state", "made by", "until"], |view| {
        let (id, secret, by) = (view.id.clone(), view.secret_id.clone(), view.created_by.clone());
        vec![id, secret, view.state.clone(), by, view.expires_at.0.to_string()]
    })
}
