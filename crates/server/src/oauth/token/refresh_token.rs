//! `grant_type=refresh_token` (RFC 6749 §6; RFC 9700 §4.14.2): every use exchanges the token for its successor.
//!
//! The statement that uses the old token up is in the transaction that writes the new one, so a power cut leaves either
//! both or neither, and of fifty requests at once one rotates. `core::oauth::refresh` says what a used token means.

use std::sync::Arc;

use gatehouse_core::jose::encryption::KeyEncryptionKeys;
use gatehouse_core::oauth::carried::{Asked, carried};
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::oauth::refresh::{Again, RefreshToken, again, successors};
use gatehouse_core::secret::{Secret, SecretKind, well_formed};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{grants, refresh_tokens};

use super::Issued;
use super::customer::{self, Exchanged};
use crate::actions;
use crate::actions::grants::Why;
use crate::context::Context;
use crate::directory::{Server, watch};
use crate::oauth::client::Authenticated;
use crate::oauth::failure::Failure;
use crate::state::App;

/// Exchanges a refresh token.
pub(super) async fn grant(
    app: &App,
    server: &Server,
    by: &Authenticated,
    params: &Params<'_>,
    now: Timestamp,
) -> Result<Issued, Failure> {
    let presented =
        params.get("refresh_token").ok_or_else(|| OAuthError::invalid_request("refresh_token is missing"))?;
    // The checksum costs no look-up (`security.md` I).
    if !well_formed(SecretKind::RefreshToken, presented) {
        return Err(not_good().into());
    }
    customer::ready(server, by)?;
    let resources: Vec<&str> = params.all("resource").collect();
    let asked = Asked { scope: params.get("scope"), resources: &resources };
    let exchange = Exchange {
        ctx: app.ctx.clone(),
        keys: app.ctx.key_encryption_keys.clone().ok_or_else(|| Failure::Internal("no key-encryption key".into()))?,
        server: app.directory.server(&server.id).ok_or_else(not_good)?,
        by: by.clone(),
        presented: Secret::new(presented.to_owned()),
        scope: asked.scope.map(str::to_owned),
        resources: resources.iter().map(|&resource| resource.to_owned()).collect(),
        now,
    };
    match app.ctx.db.write(async move |tx: &mut Tx| exchange.run(tx).await).await? {
        Outcome::Exchanged(exchanged) => customer::answer(app, server, by, (*exchanged, &asked), now).await,
        Outcome::Reused => {
            // The gate of this node knows before the answer is given.
            watch::poll(app).await?;
            Err(OAuthError::invalid_grant(
                "this refresh token was exchanged before, so everything of its family is taken back: ask the customer \
                 again at the authorization endpoint",
            )
            .into())
        }
    }
}

/// What a presented token came to; both are committed.
enum Outcome {
    Exchanged(Box<Exchanged>),
    Reused,
}

struct Exchange {
    ctx: Context,
    keys: Arc<KeyEncryptionKeys>,
    server: Arc<Server>,
    by: Authenticated,
    presented: Secret,
    scope: Option<String>,
    resources: Vec<String>,
    now: Timestamp,
}

impl Exchange {
    async fn run(&self, tx: &mut Tx) -> Result<Outcome, Failure> {
        let hash = self.presented.hash();
        match refresh_tokens::use_up(tx, hash, self.now).await? {
            Some(token) => self.rotate(tx, &token).await,
            None => {
                let token = refresh_tokens::find(tx, hash).await?.ok_or_else(not_good)?;
                self.once_more(tx, &token).await
            }
        }
    }

    async fn rotate(&self, tx: &mut Tx, token: &RefreshToken) -> Result<Outcome, Failure> {
        let grant = grants::touch(tx, token.grant_id, self.now).await?.ok_or_else(not_good)?;
        let successor = self.successors(token).into_iter().next().ok_or_else(not_good)?;
        let idle = self.now.plus_secs(self.server.lifetimes.refresh_token_idle);
        let next = RefreshToken {
            hash: successor.hash(),
            grant_id: grant.id,
            generation: token.generation + 1,
            created_at: self.now,
            expires_at: idle.min(grant.expires_at),
            used_at: None,
        };
        refresh_tokens::insert(tx, &next).await?;
        self.exchanged(tx, grant, successor).await
    }

    /// A token that was used, or has expired.
    async fn once_more(&self, tx: &mut Tx, token: &RefreshToken) -> Result<Outcome, Failure> {
        let grant = grants::find(tx, token.grant_id).await?.ok_or_else(not_good)?;
        // Who is not the client learns nothing and ends nothing.
        self.is_ours(&grant)?;
        if token.used_at.is_none() || !grant.is_live(self.now) {
            return Err(not_good().into());
        }
        let successor = refresh_tokens::find_generation(tx, grant.id, token.generation + 1).await?;
        match again(token, successor.as_ref(), self.server.lifetimes.refresh_token_leeway, self.now) {
            Again::Repeat => {
                let stored = successor.map(|successor| successor.hash);
                let same = self.successors(token).into_iter().find(|value| Some(value.hash()) == stored);
                self.exchanged(tx, grant, same.ok_or_else(not_good)?).await
            }
            Again::Reuse => {
                actions::grants::end(tx, &self.ctx, &grant, (Why::RefreshTokenReused, self.by.request_id)).await?;
                tracing::warn!(grant.id = %grant.id, "refresh_token.reused");
                Ok(Outcome::Reused)
            }
        }
    }

    async fn exchanged(&self, tx: &mut Tx, grant: Grant, refresh_token: Secret) -> Result<Outcome, Failure> {
        self.is_ours(&grant)?;
        let person = customer::person(tx, &grant).await?.ok_or_else(not_good)?;
        // What cannot be answered uses nothing up.
        let resources: Vec<&str> = self.resources.iter().map(String::as_str).collect();
        let asked = Asked { scope: self.scope.as_deref(), resources: &resources };
        carried(&grant, &customer::rights(&self.server, &self.by, &grant), &asked, self.now)?;
        let exchanged = Exchanged { grant, person, nonce: None, refresh_token: Some(refresh_token) };
        Ok(Outcome::Exchanged(Box::new(exchanged)))
    }

    fn is_ours(&self, grant: &Grant) -> Result<(), OAuthError> {
        let ours = grant.server_id.as_str() == self.server.id && grant.application_id == self.by.client.application.id;
        if ours { Ok(()) } else { Err(not_good()) }
    }

    fn successors(&self, token: &RefreshToken) -> Vec<Secret> {
        successors(&self.keys, &self.ctx.secret_prefix, &self.presented, token.generation)
    }
}

/// The same words for everything that a stranger could try (RFC 6749 §5.2).
fn not_good() -> OAuthError {
    OAuthError::invalid_grant(
        "the refresh token is unknown, has expired, was taken back, or was given to another client: ask the customer \
         again at the authorization endpoint",
    )
}
