//! Secrets of a development installation: shown in `dev.env` and nowhere else, so when that file is gone they are made
//! anew and the old ones end.

use gatehouse_core::id::{ApplicationId, OperatorKeyId};
use gatehouse_core::portal::client_secret::ClientSecretState;
use gatehouse_core::secret::{Secret, public_id};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{client_secrets, operator_keys as operator_key_rows};

use super::{Development, actor};
use crate::actions::client_secrets::{self as secrets, NewSecret, Revocation};
use crate::actions::operator_keys::{self, NewOperatorKey};
use crate::actions::{ActionError, users};
use crate::context::Context;

/// What the client secret and the operator key are called; those of this name are ours to end.
const NAME: &str = "Development start";

/// Made anew.
pub struct Credentials {
    /// Of the admin.
    pub admin_password: Secret,
    /// Of the reviewer.
    pub reviewer_password: Secret,
    /// Of the developer.
    pub developer_password: Secret,
    /// Of the customer.
    pub customer_password: Secret,
    /// Of the sample application.
    pub client_secret: Secret,
    /// Of the sample application that signs customers in.
    pub web_client_secret: Secret,
    /// For the management API.
    pub operator_key: Secret,
}

/// Whether the client secrets of both applications and an operator key still open what they should.
pub async fn are_good(
    ctx: &Context,
    development: &Development,
    ([client_secret, web_client_secret], operator_key): ([&Secret; 2], &Secret),
) -> Result<bool, ActionError> {
    let pairs = [(development.application, client_secret.hash()), (development.web, web_client_secret.hash())];
    let (key_hash, now) = (operator_key.hash(), ctx.now());
    let good = ctx.db.read(async move |tx: &mut Tx| {
        for (application, hash) in pairs {
            let secrets = client_secrets::of_application(tx, application).await?;
            let secret = secrets.iter().find(|secret| secret.hash == hash);
            if secret.is_none_or(|secret| secret.state_at(now) != ClientSecretState::Active) {
                return Ok(false);
            }
        }
        let key = operator_key_rows::find_by_hash(tx, key_hash).await?;
        Ok::<_, DbError>(key.is_some_and(|(key, _)| key.is_active()))
    });
    Ok(good.await?)
}

/// Makes everything anew and ends what was made before.
pub async fn renew(ctx: &Context, development: &Development) -> Result<Credentials, ActionError> {
    for application in [development.application, development.web] {
        end_old(ctx, application).await?;
    }
    for key in operator_keys_of_ours(ctx).await? {
        operator_keys::revoke(ctx, &actor(), key).await?;
    }
    let new_secret = || NewSecret { name: Some(NAME.to_owned()), ..NewSecret::default() };
    let client_secret = secrets::create(ctx, &actor(), development.application, new_secret()).await?.text;
    let web_client_secret = secrets::create(ctx, &actor(), development.web, new_secret()).await?.text;
    let input = NewOperatorKey { name: NAME.to_owned() };
    let (_, operator_key) = operator_keys::create(ctx, &actor(), input).await?;
    // Hashing takes most of the start, so the four are made together.
    let (admin_password, reviewer_password, developer_password, customer_password) = tokio::try_join!(
        new_password(ctx, &development.admin),
        new_password(ctx, &development.reviewer),
        new_password(ctx, &development.developer),
        new_password(ctx, &development.customer),
    )?;
    Ok(Credentials {
        admin_password,
        reviewer_password,
        developer_password,
        customer_password,
        client_secret,
        web_client_secret,
        operator_key,
    })
}

async fn new_password(ctx: &Context, user: &gatehouse_core::identity::user::User) -> Result<Secret, ActionError> {
    let password = Secret::new(public_id(ctx.random()));
    users::set_password(ctx, &actor(), user.id, password.expose()).await?;
    Ok(password)
}

async fn end_old(ctx: &Context, application: ApplicationId) -> Result<(), ActionError> {
    let old = ctx.db.read(async move |tx: &mut Tx| client_secrets::of_application(tx, application).await).await?;
    let now = ctx.now();
    let alive = |state| matches!(state, ClientSecretState::Active | ClientSecretState::Retiring);
    for secret in old.into_iter().filter(|secret| secret.name == NAME && alive(secret.state_at(now))) {
        let how = Revocation { compromised: false, last_active: true };
        secrets::revoke(ctx, &actor(), (application, secret.id), how).await?;
    }
    Ok(())
}

async fn operator_keys_of_ours(ctx: &Context) -> Result<Vec<OperatorKeyId>, ActionError> {
    let keys = operator_keys::list(ctx, String::new(), 1_000).await?;
    Ok(keys.into_iter().filter(|key| key.name == NAME && key.is_active()).map(|key| key.id).collect())
}
