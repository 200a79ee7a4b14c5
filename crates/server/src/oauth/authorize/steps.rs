//! What comes next for an authorization request (OpenID Connect Core §3.1.2.1 – §3.1.2.6), in the order in which people
//! are asked: sign in, once more where that is wanted, choose the account, prove more, consent.

use gatehouse_core::oauth::acr::Acr;
use gatehouse_core::oauth::claims_request::ClaimsRequest;
use gatehouse_core::oauth::error::{ErrorCode, OAuthError};
use gatehouse_core::oauth::subject::subject;
use gatehouse_core::time::Timestamp;

use super::consent::{Allowed, Question};
use super::hint;
use super::request::{Asked, Wanted};
use crate::actions::ActionError;
use crate::login::step_up::{self, StepUp};
use crate::portal::visitor::SignedIn;
use crate::state::App;

/// The next thing to do.
pub(super) enum Step {
    /// Nobody is signed in.
    SignIn,
    /// Somebody is, and should prove it again, or better.
    Again(StepUp),
    /// The address of whoever is signed in is not verified.
    Verify(Box<SignedIn>),
    /// As whom to go on.
    Choose(Box<SignedIn>),
    /// Whether the application may.
    Ask(Box<SignedIn>, Box<Question>),
    /// Everything is settled.
    Allow(Box<SignedIn>, Allowed),
    /// The answer is an error.
    Refuse(OAuthError),
}

/// Decides. Without `prompt=none` an error goes to the application only once somebody has signed in: else a link to this
/// server would be a redirect to wherever an application wants (RFC 9700 §4.11.2).
pub(super) async fn next(app: &App, asked: &Asked, who: Option<&SignedIn>) -> Result<Step, ActionError> {
    let wanted = match (&asked.wanted, who) {
        (Err(error), _) if asked.silent || who.is_some() => return Ok(Step::Refuse(error.clone())),
        (Ok(_), None) if asked.silent => return Ok(login_required()),
        (_, None) | (Err(_), Some(_)) => return Ok(Step::SignIn),
        (Ok(wanted), Some(who)) => (wanted, who),
    };
    // An application that somebody never allowed anything learns nothing of them: not by `sub` in `claims` whether it is
    // the one it thinks of, not by `acr` what they sign in with.
    let (request, person) = wanted;
    let question = Question::of(app, asked, request, person).await?;
    if asked.silent && person.user.is_verified() && question.is_asked {
        return Ok(consent_required());
    }
    let step = match signed_in(app, asked, wanted).await? {
        // Nothing may be shown: what would be shown is the error.
        Some(step) if asked.silent => silent(step),
        Some(step) => step,
        None if question.is_asked => Step::Ask(Box::new(person.clone()), Box::new(question)),
        None => Step::Allow(Box::new(person.clone()), question.unasked(request)),
    };
    Ok(step)
}

/// What has to come before consent.
async fn signed_in(app: &App, asked: &Asked, (wanted, who): (&Wanted, &SignedIn)) -> Result<Option<Step>, ActionError> {
    let request = &wanted.request;
    if !who.user.is_verified() {
        return Ok(Some(Step::Verify(Box::new(who.clone()))));
    }
    // Signed in for this very request.
    let fresh = asked.resume.is_some_and(|resume| resume.since <= who.authenticated_at);
    if (request.prompt.login || is_too_old(asked, (wanted, who), app.ctx.now())) && !fresh {
        return Ok(Some(Step::Again(StepUp::Login)));
    }
    let chosen = fresh || asked.resume.is_some_and(|resume| resume.chosen);
    if request.prompt.select_account && !chosen {
        return Ok(Some(Step::Choose(Box::new(who.clone()))));
    }
    if let Err(error) = expected(app, asked, (wanted, who)) {
        return Ok(Some(Step::Refuse(error)));
    }
    proved(app, (wanted, who)).await
}

/// Whether the sign-in was too long ago for the application (`max_age`) or for the server's lifetimes.
fn is_too_old(asked: &Asked, (wanted, who): (&Wanted, &SignedIn), now: Timestamp) -> bool {
    wanted.request.max_age.is_some_and(|seconds| now > who.authenticated_at.plus_secs(seconds))
        || asked.server.lifetimes.session_is_over(who.authenticated_at, who.idle, now)
}

/// Whether it is whom the application takes the person for (`id_token_hint`, and `sub` in `claims`).
fn expected(app: &App, asked: &Asked, (wanted, who): (&Wanted, &SignedIn)) -> Result<(), OAuthError> {
    let application = &asked.client.application;
    let own = subject(application, who.user.id, &app.directory.pairwise);
    if let Some(hint) = &wanted.request.id_token_hint
        && hint::subject(&asked.server, &application.client_id, hint)? != own
    {
        return Err(other_user());
    }
    let claims = wanted.request.claims.as_ref().map(|(_, claims)| claims);
    match claims.and_then(ClaimsRequest::subject) {
        Some(subjects) if !subjects.contains(&own.as_str()) => Err(other_user()),
        Some(_) | None => Ok(()),
    }
}

/// `acr_values` is voluntary; an essential `acr` is not (OpenID Connect Core §5.5.1.1).
async fn proved(app: &App, (wanted, who): (&Wanted, &SignedIn)) -> Result<Option<Step>, ActionError> {
    let has = Acr::of(&who.amr);
    let claims = wanted.request.claims.as_ref().map(|(_, claims)| claims);
    let essential = claims.map(ClaimsRequest::essential_acr).unwrap_or_default();
    let is_essential = !essential.is_empty();
    let names = if is_essential { essential } else { wanted.request.acr_values.iter().map(String::as_str).collect() };
    match Acr::least_of(names.into_iter()) {
        Some(wanted) if has >= wanted => Ok(None),
        Some(wanted) if step_up::can(app, who.user.id, wanted).await? => Ok(Some(Step::Again(wanted.into()))),
        Some(_) | None if is_essential => Ok(Some(Step::Refuse(OAuthError::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "the person cannot sign in in any of the ways that the acr claim asks for",
        )))),
        Some(_) | None => Ok(None),
    }
}

/// The error in place of a page.
fn silent(step: Step) -> Step {
    match step {
        Step::SignIn | Step::Again(_) => login_required(),
        Step::Choose(_) | Step::Verify(_) | Step::Ask(..) => Step::Refuse(OAuthError::new(
            ErrorCode::InteractionRequired,
            "the person has to see a page of this server first: send the request without prompt=none",
        )),
        Step::Allow(..) | Step::Refuse(_) => step,
    }
}

fn consent_required() -> Step {
    let text = "the person has to be asked first: send the request without prompt=none";
    Step::Refuse(OAuthError::new(ErrorCode::ConsentRequired, text))
}

fn login_required() -> Step {
    let text = "nobody is signed in who would do: send the request without prompt=none";
    Step::Refuse(OAuthError::new(ErrorCode::LoginRequired, text))
}

fn other_user() -> OAuthError {
    OAuthError::new(ErrorCode::LoginRequired, "another person is signed in than the one that was asked for")
}
