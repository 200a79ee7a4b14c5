//! Asking for access in one step: the organization and the application if they are new, the request, its submission,
//! and what the API's policy says to it. All of it happens in one transaction or nothing does.

use std::collections::BTreeMap;

use gatehouse_core::id::ApplicationId;
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::{AccessRequest, Sensitivity, new_reference, reference_of};
use gatehouse_core::portal::api::Api;
use gatehouse_core::portal::application::{Application, ApplicationType, SignInScope};
use gatehouse_store::db::Tx;
use gatehouse_store::{access_requests, entitlements, scopes};
use serde::Deserialize;
use utoipa::ToSchema;

use super::applicant::{Applicant, NewApplicant};
use super::create::{self, New, NewRequest};
use super::submit::submit_in;
use crate::actions::entitlements::{by_name, find_api};
use crate::actions::{ActionError, Actor, FieldError, authority};
use crate::context::Context;

/// Longest idempotency key, in bytes.
const LONGEST_KEY: usize = 100;

/// Everything that a request for access needs.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The API, by id or slug.
    pub api: String,
    /// An application that exists already, instead of `application`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub application_id: Option<ApplicationId>,
    /// A new application, instead of `application_id`.
    #[serde(default)]
    pub application: Option<NewApplicant>,
    /// Names of the API's scopes.
    pub scopes: Vec<String>,
    /// What it may ask of the people who sign in: `openid`, `profile`, `email`, `address`, `phone`, `offline_access`; of
    /// applications to which people sign in.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub sign_in_scopes: Vec<SignInScope>,
    /// What the integration does.
    pub purpose: String,
    /// For whom.
    #[serde(default)]
    pub audience: String,
    /// How many calls are expected.
    #[serde(default)]
    pub expected_volume: String,
    /// Answers to the API's own questions, by the question's name.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// Must be `true`: the developer accepts the terms of the API. The time is kept.
    #[serde(default)]
    pub terms_accepted: bool,
    /// Up to 100 bytes. The same developer asks once under one key: sent again, the answer is the request that it made.
    #[serde(default)]
    pub idempotency_key: Option<String>,
    /// The developer in whose name it is made: id or e-mail address; the address must be verified.
    #[serde(default)]
    pub developer: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// A new request.
    Made(AccessRequest),
    /// The request that was made when this was sent before.
    MadeBefore(AccessRequest),
}

impl Applied {
    /// The request.
    pub fn request(self) -> AccessRequest {
        match self {
            Self::Made(request) | Self::MadeBefore(request) => request,
        }
    }
}

/// Asks for access.
pub async fn apply(ctx: &Context, actor: &Actor, input: Apply) -> Result<Applied, ActionError> {
    let (db, context, actor) = (&ctx.db, ctx.clone(), actor.clone());
    let (key, again) = (input.idempotency_key.clone(), (input.developer.clone(), actor.clone()));
    let done = db.write(async move |tx| apply_in(tx, (&context, &actor), &input).await).await;
    match (done, key) {
        // Sent twice at once: the other one committed while this one was writing, and what it has made is in the way.
        (Err(error), Some(key)) if may_be_late(&error) => {
            let made = db.read(async move |tx| {
                let developer = super::person(tx, &again.1, "developer", again.0.as_deref()).await?;
                Ok::<_, ActionError>(access_requests::find_by_reference(tx, &reference_of(developer.id, &key)).await?)
            });
            made.await.ok().flatten().map(Applied::MadeBefore).ok_or(error)
        }
        (done, _) => done,
    }
}

fn may_be_late(error: &ActionError) -> bool {
    match error {
        ActionError::Database(error) => error.is_constraint(access_requests::REFERENCE_TAKEN),
        ActionError::Invalid(_) | ActionError::Conflict { .. } => true,
        _ => false,
    }
}

async fn apply_in(tx: &mut Tx, (ctx, actor): (&Context, &Actor), input: &Apply) -> Result<Applied, ActionError> {
    let developer = super::person(tx, actor, "developer", input.developer.as_deref()).await?;
    if !developer.is_verified() {
        return Err(authority::not_verified());
    }
    let reference = match &input.idempotency_key {
        Some(key) if key.is_empty() || key.len() > LONGEST_KEY => {
            let message = format!("use 1 to {LONGEST_KEY} bytes");
            return Err(ActionError::invalid("idempotency_key", "invalid", message));
        }
        Some(key) => reference_of(developer.id, key),
        None => new_reference(ctx.random()),
    };
    if let Some(made) = access_requests::find_by_reference(tx, &reference).await? {
        return Ok(Applied::MadeBefore(made));
    }
    let api = find_api(tx, &input.api).await?;
    let mut errors = Vec::new();
    let applicant = super::applicant::of(tx, (ctx, actor), &developer, input, &mut errors).await?;
    let nobody = || ApplicationId::new(ctx.now(), ctx.random());
    let mut asked = asked(input, applicant.as_ref().map_or_else(nobody, Applicant::id));
    let asks_people = applicant.as_ref().is_some_and(|applicant| asks_people_for_more(applicant.application(), &asked));
    if asked.scopes.is_empty() && asks_people {
        asked.scopes = held_scope(tx, ctx, &api, asked.application_id).await?.into_iter().collect();
    }
    errors.extend(create::check_texts(&asked));
    errors.extend(create::check_api(&api, &asked)?);
    errors.extend(
        check_scopes(tx, ctx, &api, (applicant.as_ref().map(Applicant::application), &asked))
            .await?
            .into_iter()
            .filter(|error| {
                // One that it has carries what it is to ask of people, and stays as it is.
                !(asks_people && error.code == "granted_already")
            }),
    );
    if let Some(applicant) = &applicant {
        errors.extend(create::check_sign_in(applicant.application(), &asked));
        errors.extend(input.application.as_ref().and_then(|_| nowhere_to_return(applicant.application(), &asked)));
    }
    if !input.terms_accepted {
        errors.push(super::terms_missing());
    }
    let Some(applicant) = applicant.filter(|_| errors.is_empty()) else { return Err(ActionError::Invalid(errors)) };
    write(tx, (ctx, actor), (&applicant, &developer, &api), (reference, &asked), input).await.map(Applied::Made)
}

async fn write(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (applicant, developer, api): (&Applicant, &User, &Api),
    (reference, asked): (String, &NewRequest),
    input: &Apply,
) -> Result<AccessRequest, ActionError> {
    super::applicant::insert(tx, (ctx, actor), applicant, developer).await?;
    let new = New {
        reference,
        organization: applicant.organization_id(),
        api: api.id,
        developer: developer.id,
        terms_accepted_at: Some(ctx.now()),
    };
    let draft = create::insert_in(tx, (ctx, actor), new, asked).await?;
    super::drafts::has_become_request(tx, developer.id, api.id, input.idempotency_key.as_deref()).await?;
    submit_in(tx, (ctx, actor), draft).await
}

/// The request alone.
fn asked(input: &Apply, application: ApplicationId) -> NewRequest {
    NewRequest {
        application_id: application,
        api: input.api.clone(),
        scopes: input.scopes.clone(),
        sign_in_scopes: input.sign_in_scopes.clone(),
        purpose: input.purpose.clone(),
        audience: input.audience.clone(),
        expected_volume: input.expected_volume.clone(),
        answers: input.answers.clone(),
        developer: None,
    }
}

/// Told with the request: added later, a redirect URI waits for a review of its own.
fn nowhere_to_return(application: &Application, asked: &NewRequest) -> Option<FieldError> {
    let needs_one = matches!(application.application_type, ApplicationType::Web | ApplicationType::Browser);
    let message = "people come back to one after signing in: enter it, or leave out what to ask of people";
    (needs_one && !asked.sign_in_scopes.is_empty() && application.redirect_uris.is_empty())
        .then(|| FieldError::new("application.redirect_uris", "required", message))
}

/// Whether people are to be asked for what the application may not ask yet.
fn asks_people_for_more(application: &Application, asked: &NewRequest) -> bool {
    asked.sign_in_scopes.iter().any(|scope| !application.sign_in_scopes.contains(scope))
}

/// The scope of the API that the application has and that is decided most easily: the request of whoever asks for nothing
/// but what people are asked for has to name one.
async fn held_scope(
    tx: &mut Tx,
    ctx: &Context,
    api: &Api,
    application: ApplicationId,
) -> Result<Option<String>, ActionError> {
    let Some(held) = entitlements::find(tx, application, api.id).await? else { return Ok(None) };
    let mut known = scopes::list_of_api(tx, api.id).await?;
    known.retain(|scope| held.scope(&scope.name).is_some_and(|held| held.effective_at(ctx.now())));
    let least = known.into_iter().min_by_key(|scope| match scope.sensitivity {
        Sensitivity::Normal => 0,
        Sensitivity::Sensitive => 1,
        Sensitivity::Restricted => 2,
    });
    Ok(least.map(|scope| scope.name))
}

/// Scopes of the API, and none that the application has already.
async fn check_scopes(
    tx: &mut Tx,
    ctx: &Context,
    api: &Api,
    (application, asked): (Option<&Application>, &NewRequest),
) -> Result<Vec<FieldError>, ActionError> {
    let wanted = match by_name(&scopes::list_of_api(tx, api.id).await?, &asked.scopes) {
        Ok(wanted) => wanted,
        Err(ActionError::Invalid(errors)) => return Ok(errors),
        Err(error) => return Err(error),
    };
    let unfit = application.map(|application| create::check_types(application, &wanted, &asked.scopes));
    if let Some(unfit) = unfit.filter(|unfit| !unfit.is_empty()) {
        return Ok(unfit);
    }
    let Some(held) = entitlements::find(tx, asked.application_id, api.id).await? else { return Ok(Vec::new()) };
    let has = |name: &str| held.scope(name).is_some_and(|scope| scope.effective_at(ctx.now()));
    let message = |name: &str| format!("the application has {name} already: leave it out");
    let errors = asked.scopes.iter().enumerate().filter(|(_, name)| has(name));
    Ok(errors.map(|(at, name)| FieldError::new(format!("scopes[{at}]"), "granted_already", message(name))).collect())
}
