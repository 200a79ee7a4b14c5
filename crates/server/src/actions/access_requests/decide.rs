//! The decision. When it ends the request, what was approved is granted in the same transaction.

use gatehouse_core::id::AccessRequestId;
use gatehouse_core::portal::access_request::{
    self, AccessRequest, MAX_SCOPES, Reviewer, ScopeDecision, ScopeVerdict, Verdict, check_body,
};
use gatehouse_core::portal::application::{Application, SignInScope};
use gatehouse_store::db::Tx;
use gatehouse_store::{apis, entitlements, scopes};
use serde::Deserialize;
use utoipa::ToSchema;

use super::assign::take;
use crate::actions::entitlements::{Grants, grant_in};
use crate::actions::{ActionError, Actor, FieldError, applications, client_secrets};
use crate::context::Context;

/// What a reviewer decides.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Id or e-mail address of a reviewer or admin.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// One per scope; scopes left out stay open.
    pub scopes: Vec<NewVerdict>,
    /// The version that the decision was made from: when the request has changed since, the decision is refused.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What is decided about one scope.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVerdict {
    /// Its name.
    pub scope: String,
    /// `approved` or `declined`.
    #[schema(value_type = String)]
    pub decision: ScopeDecision,
    /// Required to decline; the developer reads it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Decides on scopes of a request. Who decides on one that nobody has takes it.
pub async fn decide(
    ctx: &Context,
    actor: &Actor,
    id: AccessRequestId,
    decision: Decision,
) -> Result<AccessRequest, ActionError> {
    check(&decision)?;
    let (db, ctx, actor) = (&ctx.db, ctx.clone(), actor.clone());
    db.write(async move |tx| {
        let loaded = super::load(tx, id).await?;
        let (user, organizations) = super::reviewer(tx, &actor, decision.reviewer.as_deref()).await?;
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        if decision.version.is_some_and(|version| version != loaded.version) {
            return Err(ActionError::changed_meanwhile());
        }
        let before = take(tx, (&ctx, &actor), loaded, reviewer).await?;
        let verdicts = verdicts(&before, &decision)?;
        let after = access_request::decide(before.clone(), &verdicts, reviewer, ctx.now())
            .map_err(|error| super::refused(&error))?;
        super::save(tx, (&ctx, &actor), "access_request.decided", (&before, &after)).await?;
        if !after.state.is_open() {
            grant_approved(tx, (&ctx, &actor), &after).await?;
            super::tell::decided(tx, &ctx, &after).await?;
        } else if firsts(&after) > firsts(&before) {
            for other in super::recipients::deciders(tx, &after).await? {
                if other.id != user.id {
                    super::tell::second_approval(tx, &ctx, &after, &other).await?;
                }
            }
        }
        Ok(after)
    })
    .await
}

/// How many scopes wait for the second of two approvals.
fn firsts(request: &AccessRequest) -> usize {
    request.scopes.iter().filter(|scope| scope.decision.is_none() && scope.first_approval.is_some()).count()
}

pub(super) fn check(decision: &Decision) -> Result<(), ActionError> {
    if decision.scopes.len() > MAX_SCOPES {
        return Err(ActionError::invalid("scopes", "too_many", "a request has at most 100 scopes"));
    }
    let mut errors = Vec::new();
    for (at, verdict) in decision.scopes.iter().enumerate() {
        let field = format!("scopes[{at}].reason");
        match (verdict.decision, verdict.reason.as_deref()) {
            (ScopeDecision::Declined, reason) => {
                if let Err(error) = check_body(reason.unwrap_or_default()) {
                    errors.push(FieldError::new(field, error.code(), error.to_string()));
                }
            }
            (ScopeDecision::Approved, Some(_)) => {
                errors.push(FieldError::new(field, "not_allowed", "a reason is for declining only"));
            }
            (ScopeDecision::Approved, None) => {}
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(ActionError::Invalid(errors)) }
}

fn verdicts(request: &AccessRequest, decision: &Decision) -> Result<Vec<ScopeVerdict>, ActionError> {
    let one = |(at, verdict): (usize, &NewVerdict)| {
        let scope = request.scopes.iter().find(|scope| scope.scope == verdict.scope);
        let message = "the request does not ask for this scope";
        let unknown = || ActionError::invalid(format!("scopes[{at}].scope"), "unknown", message);
        let verdict = match verdict.decision {
            ScopeDecision::Approved => Verdict::Approve,
            ScopeDecision::Declined => Verdict::Decline { reason: verdict.reason.clone().unwrap_or_default() },
        };
        Ok(ScopeVerdict { scope_id: scope.ok_or_else(unknown)?.scope_id, verdict })
    };
    decision.scopes.iter().enumerate().map(one).collect()
}

/// What the application may ask of the people who sign in grows by what the request asked for.
async fn grant_sign_in(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    (application, request): (&Application, &AccessRequest),
) -> Result<(), ActionError> {
    let has = |one: &SignInScope| application.sign_in_scopes.contains(one) || request.sign_in_scopes.contains(one);
    let sign_in_scopes = SignInScope::ALL.iter().filter(|one| has(one)).copied().collect();
    let after = Application { sign_in_scopes, ..application.clone() };
    applications::write(tx, (ctx, actor), "application.sign_in_scopes_granted", (application, after)).await.map(drop)
}

/// Grants what an ended request approved. Scopes that the application has by now by another way stay as they are.
pub(super) async fn grant_approved(
    tx: &mut Tx,
    (ctx, actor): (&Context, &Actor),
    request: &AccessRequest,
) -> Result<(), ActionError> {
    let application = applications::load(tx, request.application_id).await?;
    let api = apis::find(tx, request.api_id).await?.ok_or_else(|| ActionError::not_found("API", request.api_id))?;
    let held = entitlements::find(tx, application.id, api.id).await?;
    let effective =
        |name: &str| held.as_ref().and_then(|held| held.scope(name)).is_some_and(|scope| scope.effective_at(ctx.now()));
    let approved = |name: &str| {
        request.scopes.iter().any(|scope| scope.scope == name && scope.decision == Some(ScopeDecision::Approved))
    };
    if request.scopes.iter().any(|scope| approved(&scope.scope)) {
        grant_sign_in(tx, (ctx, actor), (&application, request)).await?;
    }
    let mut wanted = scopes::list_of_api(tx, api.id).await?;
    wanted.retain(|scope| approved(&scope.name) && !effective(&scope.name));
    if wanted.is_empty() {
        return Ok(());
    }
    let grants = Grants { scopes: wanted, expires_at: None, quota_limit: None, request_id: Some(request.id) };
    grant_in(tx, (ctx, actor), (&application, &api), grants).await?;
    client_secrets::open_after_approval(tx, (ctx, actor), &application).await
}
