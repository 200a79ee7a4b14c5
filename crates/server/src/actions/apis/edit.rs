//! Changes of an API.

use gatehouse_core::id::ApiId;
use gatehouse_core::portal::api::{Api, ApiState, Plan, RequestQuestion, ReviewPolicy, check};
use gatehouse_core::portal::openapi;
use gatehouse_store::changes::Topic;
use gatehouse_store::db::Tx;
use gatehouse_store::{apis, audit};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::PlanInput;
use super::create::upstream;
use crate::actions::{ActionError, Actor, authority, events};
use crate::context::Context;

/// What is left out stays as it is. Slug and server never change.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditApi {
    /// As people see it.
    pub name: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    /// `aud` of its tokens. Tokens with the old one are refused from then on.
    pub audience: Option<String>,
    /// What is behind the gate: `builtin:results`; empty for nothing.
    pub upstream: Option<String>,
    /// Calls per application.
    pub plan: Option<PlanInput>,
    /// Who decides on access requests.
    #[schema(value_type = Option<Object>)]
    pub review_policy: Option<ReviewPolicy>,
    /// What an access request must answer.
    #[schema(value_type = Option<Vec<Object>>)]
    pub request_questions: Option<Vec<RequestQuestion>>,
    /// Where its terms of use are; empty takes them away.
    pub terms_url: Option<String>,
    /// `published` or `retired`; never back to `draft`.
    #[schema(value_type = Option<String>)]
    pub state: Option<ApiState>,
}

/// Edits an API.
pub async fn edit(ctx: &Context, actor: &Actor, id: ApiId, input: EditApi) -> Result<Api, ActionError> {
    let (before, _, versions) = super::read(ctx, id).await?;
    let after = apply(ctx, &before, input)?;
    if after.state == ApiState::Published && before.state != ApiState::Published {
        for version in versions.iter().filter(|version| version.is_served()) {
            let document = openapi::parse(&version.document);
            let document = document.map_err(|_| ActionError::Internal(format!("document of {}", version.id)))?;
            super::routes::check(ctx, id, &document).await?;
        }
    }
    let event = events::event(ctx, actor, "api.edited", "api", id).before(fields(&before)).after(fields(&after));
    let saved = after.clone();
    let actor = actor.clone();
    ctx.db
        .write(async move |tx: &mut Tx| {
            authority::admin(tx, &actor).await?;
            if saved.audience != before.audience {
                super::check_audience_free(tx, &saved.audience).await?;
            }
            if !apis::save(tx, &saved).await.map_err(super::taken)? {
                return Err(ActionError::changed_meanwhile());
            }
            audit::record(tx, &event).await?;
            tx.change(Topic::Api, saved.id.to_string());
            Ok(())
        })
        .await?;
    Ok(after)
}

fn apply(ctx: &Context, before: &Api, input: EditApi) -> Result<Api, ActionError> {
    let mut errors = Vec::new();
    let state = input.state.unwrap_or(before.state);
    if state == ApiState::Draft && before.state != ApiState::Draft {
        return Err(ActionError::conflict("state", "an API that was published cannot become a draft: retire it"));
    }
    let after = Api {
        name: input.name.map_or_else(|| before.name.clone(), |name| name.trim().to_owned()),
        description: input.description.unwrap_or_else(|| before.description.clone()),
        audience: input.audience.unwrap_or_else(|| before.audience.clone()),
        upstream: match input.upstream {
            Some(text) => upstream(Some(&text), &mut errors),
            None => before.upstream.clone(),
        },
        plan: input.plan.map_or(before.plan, |plan| Plan { limit: plan.limit, window: plan.window }),
        review_policy: input.review_policy.unwrap_or_else(|| before.review_policy.clone()),
        request_questions: input.request_questions.unwrap_or_else(|| before.request_questions.clone()),
        terms_url: input
            .terms_url
            .map_or_else(|| before.terms_url.clone(), |url| Some(url).filter(|url| !url.is_empty())),
        state,
        updated_at: ctx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    errors.extend(check(&after));
    super::refuse(errors).map(|()| after)
}

fn fields(api: &Api) -> Value {
    json!({
        "name": api.name,
        "description": api.description,
        "audience": api.audience,
        "upstream": api.upstream,
        "plan": api.plan,
        "review_policy": api.review_policy,
        "request_questions": api.request_questions,
        "terms_url": api.terms_url,
        "state": api.state,
    })
}
