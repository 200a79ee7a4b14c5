//! A draft of a request.

use std::collections::BTreeMap;

use gatehouse_core::id::{AccessRequestId, ApiId, ApplicationId, OrganizationId, UserId};
use gatehouse_core::portal::access_request::{
    AccessRequest, AccessRequestState, Integration, RequestedScope, check_body, check_scopes, new_reference,
};
use gatehouse_core::portal::api::{Api, ApiState, MOST_QUESTIONS};
use gatehouse_core::portal::application::{Application, SignInScope};
use gatehouse_core::portal::scope::Scope;
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::Tx;
use gatehouse_store::{access_requests, applications as applications_store, audit, scopes};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::actions::authority::Want;
use crate::actions::entitlements::{by_name, find_api};
use crate::actions::events::event;
use crate::actions::{ActionError, Actor, FieldError, applications};
use crate::context::Context;

/// What a request is made of.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// The application that asks.
    #[schema(value_type = String)]
    pub application_id: ApplicationId,
    /// The API, by id or slug.
    pub api: String,
    /// Names of its scopes.
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
    /// The developer in whose name it is made: id or e-mail address of an owner or maintainer.
    #[serde(default)]
    pub developer: Option<String>,
}

/// Makes a draft, linked to the application's last request for the API.
pub async fn create(ctx: &Context, actor: &Actor, input: NewRequest) -> Result<AccessRequest, ActionError> {
    refuse(check_texts(&input))?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let application = applications::load_for(tx, &actor, input.application_id, Want::Change).await?;
        let api = find_api(tx, &input.api).await?;
        refuse(check_api(&api, &input)?)?;
        refuse(check_sign_in(&application, &input).into_iter().collect())?;
        let wanted = by_name(&scopes::list_of_api(tx, api.id).await?, &input.scopes)?;
        refuse(check_types(&application, &wanted, &input.scopes))?;
        let developer = super::developer(tx, &actor, input.developer.as_deref(), application.organization_id).await?;
        let new = New {
            reference: new_reference(ctx.random()),
            organization: application.organization_id,
            api: api.id,
            developer: developer.id,
            terms_accepted_at: None,
        };
        insert_in(tx, (&ctx, &actor), new, &input).await
    })
    .await
}

/// What of a new request its input does not say.
pub(super) struct New {
    pub(super) reference: String,
    pub(super) organization: OrganizationId,
    pub(super) api: ApiId,
    pub(super) developer: UserId,
    pub(super) terms_accepted_at: Option<Timestamp>,
}

/// Writes a draft whose texts were checked, with its event.
pub(super) async fn insert_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    new: New,
    input: &NewRequest,
) -> Result<AccessRequest, ActionError> {
    let wanted = by_name(&scopes::list_of_api(tx, new.api).await?, &input.scopes)?;
    // Whoever asks at the same time for the same application waits here, and sees this request then.
    applications_store::lock(tx, input.application_id).await?;
    let previous = access_requests::latest(tx, input.application_id, new.api).await?;
    if let Some(open) = previous.as_ref().filter(|request| request.state_at(ctx.now()).is_open()) {
        let message = format!("the request {} is still open: withdraw it or wait for its decision", open.reference);
        return Err(ActionError::conflict("request_open", message));
    }
    let now = ctx.now();
    let request = AccessRequest {
        id: AccessRequestId::new(now, ctx.random()),
        reference: new.reference,
        application_id: input.application_id,
        organization_id: new.organization,
        api_id: new.api,
        previous_request_id: previous.map(|request| request.id),
        state: AccessRequestState::Draft,
        answers: input.answers.clone(),
        integration: integration(input),
        assignee_id: None,
        created_by: new.developer,
        created_at: now,
        terms_accepted_at: new.terms_accepted_at,
        submitted_at: None,
        due_at: None,
        asked_at: None,
        decided_at: None,
        updated_at: now,
        version: 1,
        scopes: wanted.iter().map(requested).collect(),
        sign_in_scopes: SignInScope::ALL.iter().filter(|one| input.sign_in_scopes.contains(one)).copied().collect(),
    };
    check_scopes(&request.scopes).map_err(|error| super::refused(&error))?;
    access_requests::insert(tx, &request).await?;
    let event = event(ctx, actor, "access_request.created", "access_request", request.id).after(json!({
        "application_id": request.application_id,
        "api_id": request.api_id,
        "scopes": input.scopes,
        "sign_in_scopes": request.sign_in_scopes,
        "terms_accepted": request.terms_accepted_at.is_some(),
    }));
    audit::record(tx, &event).await?;
    Ok(request)
}

fn refuse(errors: Vec<FieldError>) -> Result<(), ActionError> {
    if errors.is_empty() { Ok(()) } else { Err(ActionError::Invalid(errors)) }
}

fn requested(scope: &Scope) -> RequestedScope {
    RequestedScope::new(scope.id, scope.name.clone(), scope.sensitivity)
}

fn integration(input: &NewRequest) -> Integration {
    Integration {
        purpose: input.purpose.clone(),
        audience: input.audience.clone(),
        expected_volume: input.expected_volume.clone(),
    }
}

/// What is wrong with what was written, whatever the API.
pub(super) fn check_texts(input: &NewRequest) -> Vec<FieldError> {
    if input.answers.len() > MOST_QUESTIONS {
        return vec![FieldError::new("answers", "too_many", "the API asks fewer questions")];
    }
    let mut errors = Vec::new();
    let mut check = |field: String, text: &str| {
        if let Err(error) = check_body(text) {
            errors.push(FieldError::new(field, error.code(), error.to_string()));
        }
    };
    check("purpose".to_owned(), &input.purpose);
    for (field, text) in [("audience", &input.audience), ("expected_volume", &input.expected_volume)] {
        if !text.is_empty() {
            check(field.to_owned(), text);
        }
    }
    for (name, text) in input.answers.iter().filter(|(_, text)| !text.is_empty()) {
        check(format!("answers.{name}"), text);
    }
    if input.scopes.is_empty() {
        errors.push(FieldError::new("scopes", "required", "name at least one scope"));
    }
    errors
}

/// What is wrong with what the application is to ask of people: told now, for no reviewer could approve it.
pub(super) fn check_sign_in(application: &Application, input: &NewRequest) -> Option<FieldError> {
    let asked = &input.sign_in_scopes;
    let is_about_identity = |one: &SignInScope| !matches!(one, SignInScope::Openid | SignInScope::OfflineAccess);
    let has_openid = [asked, &application.sign_in_scopes].iter().any(|some| some.contains(&SignInScope::Openid));
    let (code, message) = if !application.application_type.signs_people_in() && !asked.is_empty() {
        let message = "a service signs nobody in: leave these out, or ask with an application to which people sign in";
        ("not_for_services", message)
    } else if asked.iter().any(is_about_identity) && !has_openid {
        let message = "ask for `openid` as well: profile, email, address and phone need it (OpenID Connect Core, 5.4)";
        ("openid_missing", message)
    } else {
        return None;
    };
    Some(FieldError::new("sign_in_scopes", code, message))
}

/// Scopes that no grant type of the application's type may ask for: approved, they would give it nothing.
pub(super) fn check_types(application: &Application, wanted: &[Scope], names: &[String]) -> Vec<FieldError> {
    let kind = application.application_type;
    let fits = |scope: &Scope| scope.grant_types.iter().any(|grant_type| kind.may_use(*grant_type));
    let unfit = |name: &String| wanted.iter().any(|scope| scope.name == *name && !fits(scope));
    let message = |name: &str| {
        format!("a {kind} application can never get {name}: it is for applications that {}", {
            if kind.signs_people_in() { "act by themselves" } else { "people sign in to" }
        })
    };
    let at = names.iter().enumerate().filter(|(_, name)| unfit(name));
    at.map(|(at, name)| FieldError::new(format!("scopes[{at}]"), "not_for_type", message(name))).collect()
}

/// What is wrong for this API: its questions, and how many scopes it gives at once. Fails when it takes no requests.
pub(super) fn check_api(api: &Api, input: &NewRequest) -> Result<Vec<FieldError>, ActionError> {
    if api.state != ApiState::Published {
        return Err(ActionError::conflict("api_not_published", "the API is not published: it takes no requests"));
    }
    let mut errors = Vec::new();
    for question in api.request_questions.iter().filter(|question| question.required) {
        if input.answers.get(&question.name).is_none_or(|text| text.trim().is_empty()) {
            let message = format!("answer the question: {}", question.label);
            errors.push(FieldError::new(format!("answers.{}", question.name), "required", message));
        }
    }
    for name in input.answers.keys() {
        if !api.request_questions.iter().any(|question| question.name == *name) {
            errors.push(FieldError::new(format!("answers.{name}"), "unknown", "the API asks no such question"));
        }
    }
    let most = api.review_policy.most_scopes.and_then(|most| usize::try_from(most).ok());
    if let Some(most) = most.filter(|most| input.scopes.len() > *most) {
        errors.push(FieldError::new("scopes", "too_many", format!("ask for at most {most} scopes at once")));
    }
    Ok(errors)
}
