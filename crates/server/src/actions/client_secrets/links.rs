//! Links that show a secret once, for a person without an account. Whoever makes one seals what it shows: neither it nor
//! its key ever comes here in clear.

use gatehouse_core::id::{ApplicationId, ClientSecretId, SecretLinkId};
use gatehouse_core::jose::from_base64url;
use gatehouse_core::portal::client_secret_link::{ClientSecretLink, LinkState, OPEN_FOR, PATH};
use gatehouse_core::portal::link_key::OVERHEAD;
use gatehouse_core::secret::{Secret, SecretHash, SecretKind, mint, well_formed};
use gatehouse_store::{audit, client_secret_links};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::create::in_words;
use crate::actions::authority::Want;
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, applications, authority};
use crate::context::Context;

/// Bytes of the longest text that a link shows.
const LONGEST_TEXT: usize = 4_096;

/// What a link is made of.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewClientSecretLink)]
pub struct NewLink {
    /// The secret that it shows: `sec_…`. It must be good.
    #[schema(value_type = String)]
    pub secret_id: ClientSecretId,
    /// What it shows, in base64url: 12 bytes of nonce, up to 4,096 bytes of text encrypted with AES-256-GCM, 16 bytes of
    /// tag. The additional data is `gatehouse secret link v1`.
    #[schema(max_length = 5_499)]
    pub sealed: String,
}

/// A link with its address.
#[derive(Clone, Debug)]
pub struct CreatedLink {
    /// What is stored.
    pub link: ClientSecretLink,
    /// Where it leads. Whoever makes it adds `#` and the key.
    pub url: Secret,
}

/// All links of an application that have not ended, oldest first.
pub async fn list_links(ctx: &Context, actor: &Actor, id: ApplicationId) -> Result<Vec<ClientSecretLink>, ActionError> {
    let actor = actor.clone();
    ctx.db
        .read(async move |tx| {
            applications::load_for(tx, &actor, id, Want::Look).await?;
            Ok(client_secret_links::of_application(tx, id).await?)
        })
        .await
}

/// Makes a link; operators do, for somebody who has no account.
pub async fn create_link(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationId,
    input: NewLink,
) -> Result<CreatedLink, ActionError> {
    let sealed = check(&input.sealed)?;
    let token = mint(&ctx.secret_prefix, SecretKind::OneTimeLink, ctx.random());
    let url = Secret::new(format!("{}{PATH}{}", ctx.portal_url()?, token.expose()));
    let (db, ctx, actor, now) = (&ctx.db, ctx.clone(), actor.clone(), ctx.now());
    let write = async move |tx: &mut gatehouse_store::db::Tx| {
        authority::admin(tx, &actor).await?;
        let (_, secrets) = super::load(tx, &actor, id).await?;
        if !super::take(&secrets, input.secret_id)?.usable_at(now) {
            return Err(ActionError::conflict("secret_ended", "this secret has ended: create another for the link"));
        }
        let link = ClientSecretLink {
            id: SecretLinkId::new(now, ctx.random()),
            application_id: id,
            secret_id: input.secret_id,
            created_by: in_words(&actor.kind),
            created_at: now,
            expires_at: now.plus(OPEN_FOR),
            revealed_at: None,
        };
        client_secret_links::insert(tx, &link, token.hash(), sealed.clone()).await?;
        let event = event(&ctx, &actor, "client_secret_link.created", "client_secret_link", link.id);
        audit::record(tx, &event.after(audited(&link))).await?;
        Ok(link)
    };
    Ok(CreatedLink { link: db.write(write).await?, url })
}

/// A link whose page may offer to reveal. Only [`reveal_link`] decides.
pub async fn open_link(ctx: &Context, token: &str) -> Result<Option<ClientSecretLink>, ActionError> {
    if !well_formed(SecretKind::OneTimeLink, token) {
        return Ok(None);
    }
    let (hash, now) = (SecretHash::of(token), ctx.now());
    let link = ctx.db.read(async move |tx| client_secret_links::find(tx, hash).await).await?;
    Ok(link.filter(|link| link.state_at(now) == LinkState::Open))
}

/// Uses a link up and gives what it shows, sealed as it came.
pub async fn reveal_link(ctx: &Context, actor: &Actor, token: &str) -> Result<Vec<u8>, ActionError> {
    if !well_formed(SecretKind::OneTimeLink, token) {
        return Err(over());
    }
    let hash = SecretHash::of(token);
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let revealed = client_secret_links::reveal(tx, hash, ctx.now()).await?;
        let (link, sealed) = revealed.ok_or_else(over)?;
        let event = event(&ctx, &actor, "client_secret_link.revealed", "client_secret_link", link.id);
        audit::record(tx, &event.after(audited(&link))).await?;
        Ok(sealed)
    })
    .await
}

fn audited(link: &ClientSecretLink) -> serde_json::Value {
    json!({
        "application_id": link.application_id,
        "secret_id": link.secret_id,
        "created_by": link.created_by,
        "expires_at": link.expires_at,
    })
}

fn check(sealed: &str) -> Result<Vec<u8>, ActionError> {
    // Before it is decoded: the body of a call may be large.
    let longest = (LONGEST_TEXT + OVERHEAD).div_ceil(3) * 4;
    let bytes = if sealed.len() > longest { None } else { from_base64url(sealed) };
    bytes.filter(|bytes| (OVERHEAD + 1..=OVERHEAD + LONGEST_TEXT).contains(&bytes.len())).ok_or_else(|| {
        let message = format!("is not base64url of {} to {} bytes", OVERHEAD + 1, OVERHEAD + LONGEST_TEXT);
        ActionError::invalid("sealed", "invalid", message)
    })
}

fn over() -> ActionError {
    ActionError::conflict("link_over", "this link was used, has ended or was not copied whole: ask for another")
}

#[cfg(test)]
mod tests;
