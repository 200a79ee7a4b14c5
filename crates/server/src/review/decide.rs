//! `POST /review/{reference}/decide`: approve or decline, scope by scope or all at once.

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{RequestId, ScopeId};
use gatehouse_core::portal::access_request::{AccessRequest, ScopeDecision};
use http::StatusCode;

use super::fill;
use super::scopes::{self, approvable};
use super::show::{self, Typed};
use crate::actions::access_requests::{self, Decision, Dossier, NewVerdict};
use crate::actions::{ActionError, FieldError};
use crate::portal::chrome::Section;
use crate::portal::form::{self, Fields, Times};
use crate::portal::form_errors::FormErrors;
use crate::portal::visitor::SignedIn;
use crate::portal::{csrf, failed};
use crate::state::AppState;

/// Decides.
pub async fn post(
    State(app): State<AppState>,
    signed_in: SignedIn,
    Extension(request_id): Extension<RequestId>,
    Path(reference): Path<String>,
    request: Request,
) -> Response {
    if !csrf::is_ours(request.headers(), &app.config.portal_url) {
        return failed::form_refused(StatusCode::FORBIDDEN);
    }
    let fields = match form::read_fields(request, times).await {
        Ok(fields) => fields,
        Err(status) => return failed::form_refused(status),
    };
    let (ctx, actor) = (&app.ctx, &signed_in.actor);
    let dossier = match access_requests::dossier(ctx, actor, &reference).await {
        Ok(dossier) => dossier,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    let typed = typed(&fields);
    if let Some(picked) = picked(&fields) {
        let typed = fill::decline(&dossier, Typed { verdicts: typed, ..Typed::default() }, picked);
        return show::render(&app, &signed_in, &dossier, (StatusCode::OK, &typed, ""));
    }
    let decision = match decision(&dossier, &signed_in, &fields, &typed) {
        Ok(decision) => decision,
        Err(error) => {
            let typed = Typed { errors: FormErrors::new(&[error]), verdicts: typed, ..Typed::default() };
            return show::render(&app, &signed_in, &dossier, (StatusCode::UNPROCESSABLE_ENTITY, &typed, ""));
        }
    };
    let order: Vec<String> = decision.scopes.iter().map(|verdict| verdict.scope.clone()).collect();
    match access_requests::decide(ctx, actor, dossier.request.id, decision).await {
        Ok(_) => Redirect::to(&format!("/review/{}?done=decided", dossier.request.reference)).into_response(),
        Err(ActionError::Invalid(errors)) => {
            let errors = FormErrors::new(&named(&dossier, &order, errors));
            let typed = Typed { errors, verdicts: typed, ..Typed::default() };
            show::render(&app, &signed_in, &dossier, (StatusCode::UNPROCESSABLE_ENTITY, &typed, ""))
        }
        Err(error @ ActionError::Conflict { .. }) => {
            let verdicts = Typed { verdicts: typed, ..Typed::default() };
            meanwhile((&app, request_id), &signed_in, &reference, (&error, verdicts)).await
        }
        Err(error) => failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    }
}

/// Somebody else was faster: the page as it is now, with what was typed.
pub(super) async fn meanwhile(
    (app, request_id): (&AppState, RequestId),
    signed_in: &SignedIn,
    reference: &str,
    (error, typed): (&ActionError, Typed),
) -> Response {
    let dossier = match access_requests::dossier(&app.ctx, &signed_in.actor, reference).await {
        Ok(dossier) => dossier,
        Err(error) => return failed::refused(&error, request_id, signed_in.chrome(Section::Review)),
    };
    let typed = Typed { alert: Some(alert(error)), ..typed };
    show::render(app, signed_in, &dossier, (StatusCode::CONFLICT, &typed, ""))
}

/// Title and text of what happened meanwhile.
pub(super) fn alert(error: &ActionError) -> (&'static str, String) {
    match error {
        ActionError::Conflict { code: "changed_meanwhile", .. } => (
            "Somebody changed this request while you were looking at it",
            "Nothing of yours was done. This page shows the request as it is now; what you typed is still here."
                .to_owned(),
        ),
        error => ("This is not possible now", crate::error::sentence(&error.to_string())),
    }
}

/// The fields of the form: `verdict[scp_…]`, `reason[scp_…]` and `reply[scp_…]` for each scope.
pub(super) fn times(name: &str) -> Option<Times> {
    let of_scope = ["verdict", "reason", "reply"].iter().any(|what| scope_of(name, what).is_some());
    (of_scope || matches!(name, "version" | "do" | "fill")).then_some(Times::Once)
}

/// The scope whose reason is filled with a canned reply, and which one.
pub(super) fn picked(fields: &Fields) -> Option<(ScopeId, &str)> {
    let one = |name: &str| fields.get(name)?.first().map(String::as_str);
    let scope = one("fill")?.parse().ok()?;
    Some((scope, one(&format!("reply[{scope}]")).unwrap_or_default()))
}

fn scope_of(name: &str, what: &str) -> Option<ScopeId> {
    name.strip_prefix(what)?.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

pub(super) fn typed(fields: &Fields) -> scopes::Typed {
    let of = |what: &str| {
        let one = |(name, values): (&String, &Vec<String>)| Some((scope_of(name, what)?, values.first()?.clone()));
        fields.iter().filter_map(one).collect()
    };
    scopes::Typed { verdicts: of("verdict"), reasons: of("reason") }
}

fn decision(
    dossier: &Dossier,
    signed_in: &SignedIn,
    fields: &Fields,
    typed: &scopes::Typed,
) -> Result<Decision, FieldError> {
    let one = |name: &str| fields.get(name).and_then(|values| values.first()).map_or("", String::as_str);
    // A form without its version was not made by us; it is told that something has changed.
    let version = Some(one("version").parse().unwrap_or(0));
    if let Some(error) = contradiction(&dossier.request, fields, typed) {
        return Err(error);
    }
    let scopes: Vec<_> = if one("do") == "approve_all" {
        let all = approvable(&dossier.request, signed_in.user.id);
        all.map(|scope| NewVerdict { scope: scope.scope.clone(), decision: ScopeDecision::Approved, reason: None })
            .collect()
    } else {
        verdicts(dossier, typed)
    };
    if scopes.is_empty() {
        return Err(nothing_decided(&dossier.request));
    }
    Ok(Decision { reviewer: None, scopes, version })
}

pub(super) fn verdicts(dossier: &Dossier, typed: &scopes::Typed) -> Vec<NewVerdict> {
    let one = |scope: &gatehouse_core::portal::access_request::RequestedScope| {
        let decision = typed.verdicts.get(&scope.scope_id)?.parse().ok()?;
        let reason = typed.reasons.get(&scope.scope_id).filter(|_| decision == ScopeDecision::Declined).cloned();
        Some(NewVerdict { scope: scope.scope.clone(), decision, reason })
    };
    dossier.request.scopes.iter().filter_map(one).collect()
}

/// The error of *Approve all* where a scope is set to be declined: which of the two is meant is not ours to guess.
pub(super) fn contradiction(request: &AccessRequest, fields: &Fields, typed: &scopes::Typed) -> Option<FieldError> {
    let all = fields.get("do").is_some_and(|values| values.iter().any(|value| value == "approve_all"));
    let is_declined = |id: &ScopeId| typed.verdicts.get(id).is_some_and(|verdict| verdict == "declined");
    let scope = request.scopes.iter().find(|scope| all && is_declined(&scope.scope_id))?;
    let message = format!("you have chosen to decline {}: press Decide, or choose Approve for it", scope.scope);
    Some(FieldError::new(format!("verdict[{}]", scope.scope_id), "contradiction", message))
}

/// The error of a form that decides nothing, at the first scope that is open.
pub(super) fn nothing_decided(request: &AccessRequest) -> FieldError {
    let first = request.scopes.iter().find(|scope| scope.decision.is_none());
    let field = first.map_or_else(|| "verdict".to_owned(), |scope| format!("verdict[{}]", scope.scope_id));
    FieldError::new(field, "required", "approve or decline at least one scope")
}

/// Errors of the action's fields, by the names that the form gives them.
pub(super) fn named(dossier: &Dossier, order: &[String], errors: Vec<FieldError>) -> Vec<FieldError> {
    let rename = |error: FieldError| {
        let place = error.field.strip_prefix("scopes[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
        let scope = place.and_then(|at| order.get(at));
        let scope = scope.and_then(|name| dossier.request.scopes.iter().find(|scope| scope.scope == *name));
        let Some(scope) = scope else { return error };
        let message = if error.code == "required" {
            format!("say why you decline {}: the developer reads it", scope.scope)
        } else {
            error.message
        };
        FieldError::new(format!("reason[{}]", scope.scope_id), error.code, message)
    };
    errors.into_iter().map(rename).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_fields_and_no_other() {
        let scope = "scp_0123456789abcdefghjkmnpqrs";
        for (name, known) in [
            ("version".to_owned(), true),
            ("do".to_owned(), true),
            (format!("verdict[{scope}]"), true),
            (format!("reason[{scope}]"), true),
            (format!("reply[{scope}]"), true),
            ("fill".to_owned(), true),
            (format!("reason[{scope}"), false),
            ("reason[x]".to_owned(), false),
            ("reviewer".to_owned(), false),
            ("scopes".to_owned(), false),
        ] {
            assert_eq!(times(&name).is_some(), known, "{name}");
        }
    }
}
