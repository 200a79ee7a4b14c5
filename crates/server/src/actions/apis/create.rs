//! A new API out of an OpenAPI document, with its first version and its scopes.

use gatehouse_core::field::FieldError;
use gatehouse_core::id::{ApiId, ApiVersionId};
use gatehouse_core::oauth::authorization_server::AuthorizationServer;
use gatehouse_core::portal::api::{
    Api, ApiState, ApiVersion, Plan, RequestQuestion, ReviewPolicy, TokenFormat, Upstream, VersionState, check,
    check_label, slug_of,
};
use gatehouse_core::portal::openapi::Document;
use gatehouse_core::portal::scope::Scope;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{api_versions, apis, audit, scopes as scope_rows};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{JsonText, PlanInput, ScopeInput, scopes};
use crate::actions::{ActionError, Actor, authority, events, servers};
use crate::context::Context;

/// A new API. What is left out comes from the document.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApi {
    /// An OpenAPI document, 3.0 or 3.1.
    #[schema(value_type = Object)]
    pub document: JsonText,
    /// `aud` of its tokens, unique in the installation: usually the address of the API.
    pub audience: String,
    /// The authorization server that gives out its tokens; `default` by default.
    pub server: Option<String>,
    /// Its name in addresses; from the title by default.
    pub slug: Option<String>,
    /// As people see it; `info.title` by default.
    pub name: Option<String>,
    /// Markdown; `info.description` by default.
    pub description: Option<String>,
    /// Label of the version; `info.version` by default.
    pub label: Option<String>,
    /// What is behind the gate: `builtin:results`. Nothing for an API that is only described here.
    pub upstream: Option<String>,
    /// Calls per application; 10 in 60 seconds by default.
    pub plan: Option<PlanInput>,
    /// What is said about scopes; those of the document need not be named.
    #[serde(default)]
    pub scopes: Vec<ScopeInput>,
    /// Who decides on access requests.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub review_policy: ReviewPolicy,
    /// What an access request must answer.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub request_questions: Vec<RequestQuestion>,
    /// Where its terms of use are; an access request accepts them.
    #[serde(default)]
    pub terms_url: Option<String>,
    /// `draft` (default) or `published`.
    #[schema(value_type = Option<String>)]
    pub state: Option<ApiState>,
}

/// Makes an API with one version and its scopes.
pub async fn create(ctx: &Context, actor: &Actor, input: NewApi) -> Result<Api, ActionError> {
    let document = super::parse(&input.document)?;
    let server = servers::get(ctx, input.server.as_deref().unwrap_or("default")).await?;
    let (api, version) = assemble(ctx, &input, &document, &server)?;
    let scopes = scopes::missing(ctx, &api, (&document, &input.scopes), &[])?;
    if api.state == ApiState::Published {
        super::routes::check(ctx, api.id, &document).await?;
    }
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name.as_str()).collect();
    let event = events::event(ctx, actor, "api.created", "api", api.id).after(json!({
        "slug": api.slug,
        "name": api.name,
        "server": api.server_id,
        "audience": api.audience,
        "upstream": api.upstream,
        "plan": api.plan,
        "state": api.state,
        "version": version.label,
        "scopes": names,
    }));
    let stored = api.clone();
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            super::check_audience_free(tx, &stored.audience).await?;
            insert(tx, &stored, &version, &scopes).await?;
            audit::record(tx, &event).await?;
            tx.change(Topic::Api, stored.id.to_string());
            Ok::<_, ActionError>(())
        })
        .await?;
    Ok(api)
}

async fn insert(tx: &mut Tx, api: &Api, version: &ApiVersion, scopes: &[Scope]) -> Result<(), ActionError> {
    apis::insert(tx, api).await.map_err(super::taken)?;
    api_versions::insert(tx, version).await.map_err(super::taken)?;
    for scope in scopes {
        scope_rows::insert(tx, scope).await.map_err(super::taken)?;
    }
    Ok(())
}

fn assemble(
    ctx: &Context,
    input: &NewApi,
    document: &Document,
    server: &AuthorizationServer,
) -> Result<(Api, ApiVersion), ActionError> {
    let now = ctx.now();
    let mut errors = Vec::new();
    let state = input.state.unwrap_or(ApiState::Draft);
    if state == ApiState::Retired {
        errors.push(FieldError::new("state", "invalid", "a new API is draft or published"));
    }
    let name = input.name.as_ref().unwrap_or(&document.title).trim().to_owned();
    let api = Api {
        id: ApiId::new(now, ctx.random()),
        slug: input.slug.clone().or_else(|| slug_of(&name)).unwrap_or_default(),
        server_id: server.id.clone(),
        name,
        description: input.description.clone().unwrap_or_else(|| document.description.clone()),
        audience: input.audience.clone(),
        upstream: upstream(input.upstream.as_deref(), &mut errors),
        token_format: TokenFormat::Jwt,
        plan: input.plan.map_or_else(Plan::default, |plan| Plan { limit: plan.limit, window: plan.window }),
        review_policy: input.review_policy.clone(),
        request_questions: input.request_questions.clone(),
        terms_url: input.terms_url.clone().filter(|url| !url.is_empty()),
        state,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    errors.extend(check(&api));
    let label = input.label.clone().unwrap_or_else(|| document.version.clone());
    errors.extend(check_label(&label).err());
    let version = ApiVersion {
        id: ApiVersionId::new(now, ctx.random()),
        api_id: api.id,
        label,
        document: input.document.as_str().to_owned(),
        state: if state == ApiState::Published { VersionState::Published } else { VersionState::Draft },
        sunset_at: None,
        created_at: now,
        updated_at: now,
    };
    super::refuse(errors).map(|()| (api, version))
}

/// Empty text takes an upstream away.
pub(super) fn upstream(text: Option<&str>, errors: &mut Vec<FieldError>) -> Option<Upstream> {
    match text.filter(|text| !text.is_empty())?.parse() {
        Ok(upstream) => Some(upstream),
        Err(error) => {
            let error: gatehouse_core::portal::api::UpstreamError = error;
            errors.push(FieldError::new("upstream", "invalid", error.to_string()));
            None
        }
    }
}
