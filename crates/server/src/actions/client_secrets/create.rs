//! A new secret. Its text is in the answer and nowhere else.

use gatehouse_core::id::{ApplicationId, ClientSecretId};
use gatehouse_core::identity::name;
use gatehouse_core::portal::application::Application;
use gatehouse_core::portal::client_secret::{ClientSecret, ClientSecretState, MAX_USABLE};
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_core::time::Timestamp;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{audit, client_secrets};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::events::event;
use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;

/// Longest life of a secret that has one.
const LONGEST_DAYS: i64 = 3_650;

/// The name of a secret to which nobody gave one.
const UNNAMED: &str = "default";

/// What a new secret is made of.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = NewClientSecret)]
pub struct NewSecret {
    /// So that people can tell their secrets apart; unless said otherwise `default`, then `default 2` and so on.
    pub name: Option<String>,
    /// Days until it expires by itself, 1–3650; for good unless said otherwise.
    pub expires_in_days: Option<i64>,
    /// What the form's list showed as its newest secret.
    #[serde(skip)]
    #[schema(ignore)]
    pub only_after: Option<Newest>,
}

/// The newest secret of an application, if it has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest(pub Option<ClientSecretId>);

/// A secret with its text.
#[derive(Clone, Debug)]
pub struct CreatedSecret {
    /// The client id that it belongs to.
    pub client_id: String,
    /// What is stored.
    pub secret: ClientSecret,
    /// The text, to be shown once.
    pub text: Secret,
}

/// Makes a secret.
pub async fn create(
    ctx: &Context,
    actor: &Actor,
    id: ApplicationId,
    input: NewSecret,
) -> Result<CreatedSecret, ActionError> {
    let text = mint(&ctx.secret_prefix, SecretKind::ClientSecret, ctx.random());
    let (secret, only_after) = (draft(ctx, actor, id, &input, &text)?, input.only_after);
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let (application, secrets) = super::load(tx, &actor, id).await?;
        check_newest(&secrets, only_after)?;
        let secret = insert(tx, (&ctx, &actor), (&application, &secrets), secret.clone()).await?;
        Ok(CreatedSecret { client_id: application.client_id, secret, text: text.clone() })
    })
    .await
}

/// Writes a new secret of an application with these secrets, in the caller's transaction; the secret as it was written.
pub(super) async fn insert(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (application, secrets): (&Application, &[ClientSecret]),
    secret: ClientSecret,
) -> Result<ClientSecret, ActionError> {
    check_type(application)?;
    if secrets.iter().filter(|one| one.usable_at(ctx.now())).count() >= MAX_USABLE {
        let message = format!("an application has at most {MAX_USABLE} usable secrets: revoke one first");
        return Err(ActionError::conflict("too_many_secrets", message));
    }
    let secret = ClientSecret { name: told_apart(secret.name, secrets), ..secret };
    client_secrets::insert(tx, &secret).await?;
    let event = event(ctx, actor, "client_secret.created", "client_secret", secret.id);
    audit::record(tx, &event.after(audited(&secret))).await?;
    tx.change(Topic::Application, &application.client_id);
    Ok(secret)
}

/// Whoever gives no name gets one that no other secret has.
fn told_apart(name: String, secrets: &[ClientSecret]) -> String {
    let is_free = |name: &str| secrets.iter().all(|other| other.name != name);
    if name != UNNAMED || is_free(UNNAMED) {
        return name;
    }
    (2..).map(|number| format!("{UNNAMED} {number}")).find(|name| is_free(name)).unwrap_or(name)
}

/// Only confidential applications have secrets.
pub(super) fn check_type(application: &Application) -> Result<(), ActionError> {
    if application.application_type.is_confidential() {
        return Ok(());
    }
    let message = "browser and native applications keep no secret: they authenticate by PKCE alone";
    Err(ActionError::conflict("public_application", message))
}

/// A form that is sent twice makes one secret.
fn check_newest(secrets: &[ClientSecret], expected: Option<Newest>) -> Result<(), ActionError> {
    match expected {
        Some(Newest(expected)) if secrets.last().map(|secret| secret.id) != expected => {
            let message = "a secret was made since this form was opened, perhaps by sending it twice: look at the list, \
                           and generate another one if you need it";
            Err(ActionError::conflict("secret_made_meanwhile", message))
        }
        _ => Ok(()),
    }
}

pub(super) fn draft(
    ctx: &Context,
    actor: &Actor,
    application_id: ApplicationId,
    input: &NewSecret,
    text: &Secret,
) -> Result<ClientSecret, ActionError> {
    let now = ctx.now();
    let name = name::parse(input.name.as_deref().unwrap_or(UNNAMED))
        .map_err(|error| ActionError::invalid("name", error.code(), error.to_string()))?;
    Ok(ClientSecret {
        id: ClientSecretId::new(now, ctx.random()),
        application_id,
        name,
        hash: text.hash(),
        last_four: text.last_four(),
        state: ClientSecretState::Active,
        created_by: in_words(&actor.kind),
        created_at: now,
        expires_at: expiry(input.expires_in_days, now)?,
        retires_at: None,
        ended_at: None,
        last_used_at: None,
    })
}

fn expiry(days: Option<i64>, now: Timestamp) -> Result<Option<Timestamp>, ActionError> {
    match days {
        None => Ok(None),
        Some(days) if (1..=LONGEST_DAYS).contains(&days) => Ok(Some(now.plus_secs(days * 86_400))),
        Some(_) => {
            let message = format!("must be between 1 and {LONGEST_DAYS}");
            Err(ActionError::invalid("expires_in_days", "out_of_range", message))
        }
    }
}

/// Who made it, as the list of secrets shows it.
pub(super) fn in_words(kind: &ActorKind) -> String {
    match kind {
        ActorKind::User(id) => id.to_string(),
        ActorKind::Operator(id) => id.to_string(),
        ActorKind::CommandLine(name) => format!("command line ({name})"),
        ActorKind::System(name) => (*name).to_owned(),
    }
}

fn audited(secret: &ClientSecret) -> serde_json::Value {
    json!({
        "application_id": secret.application_id,
        "name": secret.name,
        "last_four": secret.last_four,
        "expires_at": secret.expires_at,
    })
}
