//! `gatehouse requests …`

mod apply;
mod print;
mod together;

use std::collections::BTreeMap;

use gatehouse_core::id::{AccessRequestId, ApplicationId};
use gatehouse_core::portal::access_request::{AccessRequestState, ScopeDecision};
use gatehouse_core::portal::application::SignInScope;
use gatehouse_server::actions::access_requests::{
    self, Addition, Applied, Assignment, Decision, Filter, NewAnswer, NewNote, NewReply, NewRequest, NewVerdict,
    Question, Submission,
};

use gatehouse_store::access_requests::queue::Assignee;

use super::failure::failed;
use super::global::{Global, Session};
use print::{list, show};

/// Make, review and decide access requests
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Begin a request in the name of a developer
    Create(New),
    /// Ask for access in one step: application and organization too, if they are new
    Apply(Box<apply::Arguments>),
    /// List requests
    List {
        /// Of this application only
        #[arg(long)]
        application: Option<ApplicationId>,
        /// In this state only
        #[arg(long)]
        state: Option<AccessRequestState>,
        /// For this API only, by id or slug
        #[arg(long)]
        api: Option<String>,
        /// Of this reviewer only, by id, or of `nobody`
        #[arg(long)]
        assignee: Option<Assignee>,
        /// Overdue ones only
        #[arg(long)]
        overdue: bool,
    },
    /// Show a request
    Show {
        /// Its id or reference
        request: String,
    },
    /// Submit a draft to the reviewers
    Submit {
        #[command(flatten)]
        which: Which,
        /// The developer accepts the terms of the API
        #[arg(long)]
        accept_terms: bool,
    },
    /// Withdraw an open request
    Withdraw(Which),
    /// Assign a request to a reviewer
    Assign {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of a reviewer or admin
        reviewer: String,
    },
    /// Assign several requests to a reviewer
    AssignAll {
        /// Id or e-mail address of a reviewer or admin
        #[arg(long)]
        reviewer: String,
        /// Ids or references
        #[arg(required = true)]
        requests: Vec<String>,
    },
    /// Give a request back, so that any reviewer may take it
    Unassign(Which),
    /// Write a note that only reviewers see
    Note {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of a reviewer or admin
        #[arg(long)]
        reviewer: String,
        /// The note
        text: String,
    },
    /// Ask the developer; the review clock stands still until the answer
    Ask {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of a reviewer or admin
        #[arg(long)]
        reviewer: String,
        /// The question
        text: String,
    },
    /// Answer a question in the name of a developer
    Answer {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of an owner or maintainer of the organization
        #[arg(long)]
        developer: String,
        /// The answer
        text: String,
    },
    /// Tell the developer something; the review clock goes on
    Reply {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of a reviewer or admin
        #[arg(long)]
        reviewer: String,
        /// The reply
        text: String,
    },
    /// Add something to a request in the name of a developer
    Add {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of an owner or maintainer of the organization
        #[arg(long)]
        developer: String,
        /// What is added
        text: String,
    },
    /// Decide on scopes in the name of a reviewer
    Decide {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of a reviewer or admin
        #[arg(long)]
        reviewer: String,
        #[command(flatten)]
        verdicts: Verdicts,
    },
    /// Decide the same about several requests for the same scopes
    DecideAll {
        /// Id or e-mail address of a reviewer or admin
        #[arg(long)]
        reviewer: String,
        #[command(flatten)]
        verdicts: Verdicts,
        /// Ids or references
        #[arg(required = true)]
        requests: Vec<String>,
    },
}

#[derive(clap::Args)]
struct Verdicts {
    /// A scope to approve; can be given several times
    #[arg(long, value_name = "SCOPE")]
    approve: Vec<String>,
    /// A scope to decline; can be given several times
    #[arg(long, value_name = "SCOPE", requires = "reason")]
    decline: Vec<String>,
    /// Why scopes are declined; the developer reads it
    #[arg(long)]
    reason: Option<String>,
}

#[derive(clap::Args)]
struct Which {
    /// Its id or reference
    request: String,
}

impl Which {
    async fn id(&self, session: &Session) -> anyhow::Result<AccessRequestId> {
        let found = access_requests::find(&session.ctx, &session.actor, &self.request).await.map_err(failed)?;
        Ok(found.id)
    }
}

#[derive(clap::Args)]
struct New {
    /// The application that asks
    #[arg(long)]
    application: ApplicationId,
    /// The API, by id or slug
    #[arg(long)]
    api: String,
    /// A scope's name; can be given several times
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// What it may ask of the people who sign in, such as openid; can be given several times
    #[arg(long = "sign-in-scope", value_name = "SCOPE")]
    sign_in_scopes: Vec<SignInScope>,
    /// What the integration does
    #[arg(long)]
    purpose: String,
    /// Id or e-mail address of an owner or maintainer of the organization
    #[arg(long)]
    developer: String,
    /// An answer to a question of the API, as NAME=TEXT; can be given several times
    #[arg(long = "answer", value_name = "NAME=TEXT", value_parser = answer)]
    answers: Vec<(String, String)>,
}

/// Runs a command of `requests`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let request = match arguments.verb {
        Verb::List { application, state, api, assignee, overdue } => {
            let filter = Filter { application, state, api, assignee, overdue, ..Filter::default() };
            return list(&session, filter).await;
        }
        Verb::Create(new) => access_requests::create(ctx, actor, new.input()).await,
        Verb::Apply(what) => access_requests::apply(ctx, actor, what.input()).await.map(Applied::request),
        Verb::Show { request } => access_requests::find(ctx, actor, &request).await,
        Verb::Submit { which, accept_terms } => {
            let submission = Submission { terms_accepted: accept_terms };
            access_requests::submit(ctx, actor, which.id(&session).await?, submission).await
        }
        Verb::Withdraw(which) => access_requests::withdraw(ctx, actor, which.id(&session).await?).await,
        Verb::Assign { which, reviewer } => {
            access_requests::assign(ctx, actor, which.id(&session).await?, Assignment { reviewer: Some(reviewer) })
                .await
        }
        Verb::Unassign(which) => access_requests::unassign(ctx, actor, which.id(&session).await?).await,
        Verb::Note { which, reviewer, text } => {
            let note = NewNote { reviewer: Some(reviewer), text };
            access_requests::note(ctx, actor, which.id(&session).await?, note).await.map_err(failed)?;
            access_requests::find(ctx, actor, &which.request).await
        }
        Verb::Ask { which, reviewer, text } => {
            access_requests::ask(ctx, actor, which.id(&session).await?, Question { reviewer: Some(reviewer), text })
                .await
        }
        Verb::Answer { which, developer, text } => {
            let answer = NewAnswer { developer: Some(developer), text };
            access_requests::answer(ctx, actor, which.id(&session).await?, answer).await
        }
        Verb::Reply { which, reviewer, text } => {
            let reply = NewReply { reviewer: Some(reviewer), text };
            access_requests::reply(ctx, actor, which.id(&session).await?, reply).await.map_err(failed)?;
            access_requests::find(ctx, actor, &which.request).await
        }
        Verb::Add { which, developer, text } => {
            let addition = Addition { developer: Some(developer), text };
            access_requests::add(ctx, actor, which.id(&session).await?, addition).await.map_err(failed)?;
            access_requests::find(ctx, actor, &which.request).await
        }
        Verb::AssignAll { reviewer, requests } => return together::assign(&session, reviewer, requests).await,
        Verb::DecideAll { reviewer, verdicts, requests } => {
            return together::decide(&session, reviewer, (verdicts.scopes(), requests)).await;
        }
        Verb::Decide { which, reviewer, verdicts } => {
            let decision = Decision { reviewer: Some(reviewer), scopes: verdicts.scopes(), version: None };
            access_requests::decide(ctx, actor, which.id(&session).await?, decision).await
        }
    };
    show(&session, &request.map_err(failed)?)
}

impl New {
    fn input(self) -> NewRequest {
        NewRequest {
            application_id: self.application,
            api: self.api,
            scopes: self.scopes,
            sign_in_scopes: self.sign_in_scopes,
            purpose: self.purpose,
            audience: String::new(),
            expected_volume: String::new(),
            answers: BTreeMap::from_iter(self.answers),
            developer: Some(self.developer),
        }
    }
}

impl Verdicts {
    fn scopes(self) -> Vec<NewVerdict> {
        let verdict = |scope, decision, reason| NewVerdict { scope, decision, reason };
        let approved = self.approve.into_iter().map(|scope| verdict(scope, ScopeDecision::Approved, None));
        let declined =
            self.decline.into_iter().map(|scope| verdict(scope, ScopeDecision::Declined, self.reason.clone()));
        approved.chain(declined).collect()
    }
}

fn answer(text: &str) -> Result<(String, String), String> {
    let (name, text) = text.split_once('=').ok_or("write NAME=TEXT")?;
    Ok((name.to_owned(), text.to_owned()))
}
