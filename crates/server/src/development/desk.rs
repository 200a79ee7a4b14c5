//! What a new reviewer finds on the desk: a second organization and its requests in different states, made by the same
//! actions at times that have passed.

use std::sync::Arc;
use std::time::Duration;

use gatehouse_core::id::{AccessRequestId, ApplicationId, OrganizationId};
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::ScopeDecision;
use gatehouse_core::portal::application::ApplicationType;
use gatehouse_core::portal::canned_reply::ReplyKind;
use gatehouse_core::time::FixedClock;

use super::{SCOPE, actor, people};
use crate::actions::access_requests::{
    self, Assignment, Decision, NewNote, NewRequest, NewVerdict, Question, Submission,
};
use crate::actions::applications::{self, ApplicationChange, NewApplication};
use crate::actions::canned_replies::{self, NewCannedReply};
use crate::actions::organizations::{self, NewOrganization};
use crate::actions::{ActionError, Actor, ActorKind};
use crate::context::Context;
use crate::essentials;

/// The other scope of the Results API.
const STUDIES: &str = "studies:read";
const HOUR: u64 = 3_600;

/// One request as it begins.
struct Sample {
    name: &'static str,
    application_type: ApplicationType,
    redirect_uri: &'static str,
    scopes: &'static [&'static str],
    purpose: &'static str,
    hours_ago: u64,
}

const WAITING: Sample = Sample {
    name: "Insights Dashboard",
    application_type: ApplicationType::Web,
    redirect_uri: "https://app.sample-studio.example/callback",
    scopes: &[STUDIES],
    purpose: "Shows our customers' test results beside their release notes.",
    hours_ago: 3,
};
const LATE: Sample = Sample {
    name: "Usability Tracker",
    application_type: ApplicationType::Web,
    redirect_uri: "https://samp1e-studio.example/callback",
    scopes: &[SCOPE],
    purpose: "Collects transcripts and scores, and compares them between versions.",
    hours_ago: 6 * 24,
};
const TAKEN: Sample = Sample {
    name: "Research Sync",
    application_type: ApplicationType::Service,
    redirect_uri: "",
    scopes: &[SCOPE, STUDIES],
    purpose: "Copies finished sessions into the customer's research repository every night.",
    hours_ago: 26,
};
const ASKED: Sample = Sample {
    name: "Session Viewer",
    application_type: ApplicationType::Native,
    redirect_uri: "com.sample-studio.viewer:/callback",
    scopes: &[STUDIES],
    purpose: "Lets people watch sessions on a tablet.",
    hours_ago: 30,
};
const DECIDED: Sample = Sample {
    name: "Weekly Report",
    application_type: ApplicationType::Web,
    redirect_uri: "https://reports.sample-studio.example/callback",
    scopes: &[SCOPE, STUDIES],
    purpose: "Mails a summary of the week to product managers.",
    hours_ago: 12 * 24,
};

const REPLIES: [(ReplyKind, &str, &str); 3] = [
    (
        ReplyKind::Question,
        "Who are the users",
        "Who will use your application: your own team, or customers of yours? How many people are that?",
    ),
    (ReplyKind::Question, "How long data is kept", "Which of the data do you store, where, and when do you delete it?"),
    (
        ReplyKind::Decline,
        "A smaller scope is enough",
        "For what you describe, a scope with less data is enough. Ask for it in a new request: your answers are filled in.",
    ),
];

/// Makes the organization and its requests, and some replies to pick from.
pub(super) async fn make(ctx: &Context, reviewer: &User) -> Result<(), ActionError> {
    let developer = people::studio(ctx).await?;
    let input = NewOrganization {
        name: "Sample Studio".to_owned(),
        homepage: Some("https://www.sample-studio.example".to_owned()),
        owner: Some(developer.id.to_string()),
    };
    let by = (organizations::create(ctx, &actor(), input).await?.id, &developer);
    let reviewer = || Some(reviewer.id.to_string());
    let take = || Assignment { reviewer: reviewer() };

    let past = at(ctx, DECIDED.hours_ago);
    let id = submit(&past, &DECIDED, by).await?;
    let verdict = |scope: &str, decision, reason: Option<&str>| NewVerdict {
        scope: scope.to_owned(),
        decision,
        reason: reason.map(str::to_owned),
    };
    let scopes = vec![
        verdict(STUDIES, ScopeDecision::Approved, None),
        verdict(SCOPE, ScopeDecision::Declined, Some("A summary needs no transcripts and videos.")),
    ];
    let decision = Decision { reviewer: reviewer(), scopes, version: None };
    let decided = access_requests::decide(&at(ctx, DECIDED.hours_ago - 20), &actor(), id, decision).await?;
    move_reports(&at(ctx, 2), &developer, decided.application_id).await?;

    submit(&at(ctx, LATE.hours_ago), &LATE, by).await?;

    let id = submit(&at(ctx, ASKED.hours_ago), &ASKED, by).await?;
    let text = "Who signs in on the tablet: your customers, or your own team?".to_owned();
    access_requests::ask(&at(ctx, 5), &actor(), id, Question { reviewer: reviewer(), text }).await?;

    let id = submit(&at(ctx, TAKEN.hours_ago), &TAKEN, by).await?;
    access_requests::assign(&at(ctx, 4), &actor(), id, take()).await?;
    let text = "Sales know them: a partner since spring. Their report runs well.".to_owned();
    access_requests::note(&at(ctx, 4), &actor(), id, NewNote { reviewer: reviewer(), text }).await?;

    submit(&at(ctx, WAITING.hours_ago), &WAITING, by).await?;
    for (kind, title, body) in REPLIES {
        let reply = NewCannedReply { kind, title: title.to_owned(), body: body.to_owned() };
        canned_replies::create(ctx, &actor(), reply).await?;
    }
    Ok(())
}

/// A change that reviewers see before it is in use: the same application at a second host.
async fn move_reports(ctx: &Context, developer: &User, id: ApplicationId) -> Result<(), ActionError> {
    let by = Actor { kind: ActorKind::User(developer.id), request_id: None, address: None };
    let redirect_uris =
        vec![DECIDED.redirect_uri.to_owned(), "https://weekly.sample-studio.example/callback".to_owned()];
    let change = ApplicationChange { redirect_uris: Some(redirect_uris), ..ApplicationChange::default() };
    applications::change(ctx, &by, id, change).await.map(drop)
}

/// As if it were so many hours ago.
fn at(ctx: &Context, hours_ago: u64) -> Context {
    let then = ctx.now().minus(Duration::from_secs(hours_ago * HOUR));
    Context { clock: Arc::new(FixedClock::at(then)), ..ctx.clone() }
}

async fn submit(
    ctx: &Context,
    sample: &Sample,
    (organization_id, developer): (OrganizationId, &User),
) -> Result<AccessRequestId, ActionError> {
    let redirect_uris = if sample.redirect_uri.is_empty() { vec![] } else { vec![sample.redirect_uri.to_owned()] };
    let application = NewApplication {
        organization_id,
        name: sample.name.to_owned(),
        application_type: sample.application_type,
        environment: None,
        description: None,
        homepage: Some("https://www.sample-studio.example".to_owned()),
        logo_url: None,
        contacts: Vec::new(),
        redirect_uris,
        post_logout_redirect_uris: Vec::new(),
        api_user: Some(developer.id.to_string()),
        protocol: Default::default(),
    };
    let application_id = applications::create(ctx, &actor(), application).await?.id;
    let new = NewRequest {
        application_id,
        api: essentials::RESULTS.to_owned(),
        scopes: sample.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        sign_in_scopes: Vec::new(),
        purpose: sample.purpose.to_owned(),
        audience: "Product teams of about forty companies.".to_owned(),
        expected_volume: "A few thousand calls a day.".to_owned(),
        answers: Default::default(),
        developer: Some(developer.id.to_string()),
    };
    let draft = access_requests::create(ctx, &actor(), new).await?;
    Ok(access_requests::submit(ctx, &actor(), draft.id, Submission::default()).await?.id)
}
