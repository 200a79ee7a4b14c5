//! `gatehouse applications …`

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::portal::application::{Application, ApplicationType, Environment, SignInScope};
use gatehouse_server::actions::applications::{self, ApplicationChange, Filter, NewApplication, Transfer};
use gatehouse_server::manage::applications::ApplicationView;
use gatehouse_server::manage::refused_calls::RefusedCallView;

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;

/// Create and manage applications
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create an application; grant scopes and create a secret next
    Create(Box<New>),
    /// List applications
    List {
        /// Of this organization only
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Show an application
    Show(Which),
    /// List the last refused and failed calls and token requests of an application, and why
    RefusedCalls(Which),
    /// Change an application; what is left out stays
    Edit(Box<Edit>),
    /// Set the user whose workspaces the application's tokens see
    SetApiUser {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of a verified member of the organization; left out, there is none
        user: Option<String>,
    },
    /// Suspend an application; its tokens are refused until it is reactivated
    Suspend(Which),
    /// Reactivate a suspended application
    Reactivate(Which),
    /// Transfer an application to another organization
    Transfer {
        #[command(flatten)]
        which: Which,
        /// The new owner
        #[arg(long)]
        to: OrganizationId,
    },
    /// Delete an application for good
    Delete {
        #[command(flatten)]
        which: Which,
        /// The application's name, so that the right one goes
        #[arg(long)]
        name: String,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The application's id
    application: ApplicationId,
}

#[derive(clap::Args)]
struct New {
    /// Whose it is
    #[arg(long)]
    organization: OrganizationId,
    /// Name that customers see
    #[arg(long)]
    name: String,
    /// web, service, browser or native
    #[arg(long = "type", value_name = "TYPE", default_value = "service")]
    application_type: ApplicationType,
    /// production or sandbox
    #[arg(long, default_value = "production")]
    environment: Environment,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// An https or http address
    #[arg(long, value_name = "URL")]
    homepage: Option<String>,
    /// Where people are sent back to; can be given up to 10 times
    #[arg(long = "redirect-uri", value_name = "URL")]
    redirect_uris: Vec<String>,
    /// Verified member whose workspaces its tokens see: id or e-mail address
    #[arg(long, value_name = "USER")]
    api_user: Option<String>,
}

#[derive(clap::Args)]
struct Edit {
    #[command(flatten)]
    which: Which,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Another description; empty takes it away
    #[arg(long)]
    description: Option<String>,
    /// Another homepage; empty takes it away
    #[arg(long, value_name = "URL")]
    homepage: Option<String>,
    /// production or sandbox
    #[arg(long)]
    environment: Option<Environment>,
    /// Other redirect URIs, instead of all that are there
    #[arg(long = "redirect-uri", value_name = "URL")]
    redirect_uris: Option<Vec<String>>,
    /// What it may ask of the people who sign in, instead of all that is there: openid, profile, email, address, phone,
    /// offline_access
    #[arg(long = "sign-in-scope", value_name = "SCOPE")]
    sign_in_scopes: Option<Vec<SignInScope>>,
    /// Where it hears of sessions that end; empty takes it away
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: Option<String>,
    /// Lists all redirect URIs, for pairwise subjects that several applications share; empty takes it away
    #[arg(long, value_name = "URL")]
    sector_identifier_uri: Option<String>,
}

/// Runs a command of `applications`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let application = match arguments.verb {
        Verb::List { organization } => return list(&session, organization).await,
        Verb::RefusedCalls(which) => return refused_calls(&session, which.application).await,
        Verb::Delete { which, name } => return delete(&session, which.application, &name).await,
        Verb::Create(new) => applications::create(ctx, actor, new.input()).await,
        Verb::Show(which) => applications::find(ctx, actor, which.application).await,
        Verb::Edit(edit) => applications::change(ctx, actor, edit.which.application, edit.change()).await,
        Verb::SetApiUser { which, user } => applications::set_api_user(ctx, actor, which.application, user).await,
        Verb::Transfer { which, to } => {
            applications::transfer(ctx, actor, which.application, Transfer { organization_id: to }).await
        }
        Verb::Suspend(which) => applications::suspend(ctx, actor, which.application).await,
        Verb::Reactivate(which) => applications::reactivate(ctx, actor, which.application).await,
    };
    show(&session, &application.map_err(failed)?)
}

async fn refused_calls(session: &Session, application: ApplicationId) -> anyhow::Result<()> {
    let found = applications::refused_calls(&session.ctx, &session.actor, application).await.map_err(failed)?;
    let views: Vec<_> = found.iter().map(RefusedCallView::from).collect();
    session.output.list(&views, &["at", "call", "answer", "proved", "why"], |view| {
        let proved = if view.claimed { "no" } else { "yes" };
        let (call, answer) = (format!("{} {}", view.method, view.path), format!("{} {}", view.status, view.code));
        vec![view.at.0.to_string(), call, answer, proved.to_owned(), view.reason.clone()]
    })
}

impl New {
    fn input(self) -> NewApplication {
        NewApplication {
            organization_id: self.organization,
            name: self.name,
            application_type: self.application_type,
            environment: Some(self.environment),
            description: self.description,
            homepage: self.homepage,
            logo_url: None,
            contacts: Vec::new(),
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: Vec::new(),
            api_user: self.api_user,
            protocol: applications::Protocol::default(),
        }
    }
}

impl Edit {
    fn change(&self) -> ApplicationChange {
        ApplicationChange {
            name: self.name.clone(),
            // Empty texts are no texts.
            description: self.description.clone().map(Some),
            homepage: self.homepage.clone().map(Some),
            environment: self.environment,
            redirect_uris: self.redirect_uris.clone(),
            sign_in_scopes: self.sign_in_scopes.clone(),
            backchannel_logout_uri: self.backchannel_logout_uri.clone().map(Some),
            sector_identifier_uri: self.sector_identifier_uri.clone().map(Some),
            ..ApplicationChange::default()
        }
    }
}

fn words(scopes: &[SignInScope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

fn show(session: &Session, application: &Application) -> anyhow::Result<()> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    session.output.item(
        &ApplicationView::from(application),
        &[
            ("id", application.id.to_string()),
            ("client id", application.client_id.clone()),
            ("organization", application.organization_id.to_string()),
            ("name", application.name.clone()),
            ("description", text(&application.description)),
            ("homepage", text(&application.homepage)),
            ("type", application.application_type.to_string()),
            ("environment", application.environment.to_string()),
            ("state", application.state.to_string()),
            ("api user", application.api_user_id.map_or_else(|| "none".to_owned(), |id| id.to_string())),
            ("redirect uris", application.redirect_uris.join(" ")),
            ("sign-in scopes", words(&application.sign_in_scopes)),
            ("backchannel logout uri", text(&application.backchannel_logout_uri)),
            ("sector identifier uri", text(&application.sector_identifier_uri)),
            ("created", application.created_at.to_string()),
        ],
    )
}

async fn list(session: &Session, organization: Option<OrganizationId>) -> anyhow::Result<()> {
    let page = async |after, limit| applications::list(&session.ctx, Filter { organization, after, limit }).await;
    let found = all(page, |application| application.id.to_string()).await?;
    let views: Vec<ApplicationView> = found.iter().map(ApplicationView::from).collect();
    session.output.list(&views, &["id", "client id", "name", "type", "environment", "state"], |view| {
        let (id, client_id, name) = (view.id.clone(), view.client_id.clone(), view.name.clone());
        vec![id, client_id, name, view.r#type.clone(), view.environment.clone(), view.state.clone()]
    })
}

async fn delete(session: &Session, id: ApplicationId, name: &str) -> anyhow::Result<()> {
    let application = applications::find(&session.ctx, &session.actor, id).await.map_err(failed)?;
    if application.name != name {
        anyhow::bail!("the application {id} has another name; nothing was deleted");
    }
    let deleted = applications::delete(&session.ctx, &session.actor, id).await.map_err(failed)?;
    session.output.done(&format!("{id} ({name}) is deleted."), &ApplicationView::from(&deleted))
}
