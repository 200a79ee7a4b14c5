//! `gatehouse servers …`

use gatehouse_core::id::ApplicationId;
use gatehouse_core::jose::Algorithm;
use gatehouse_core::oauth::admission::OpenTo;
use gatehouse_core::oauth::authorization_server::AuthorizationServer;
use gatehouse_server::actions::servers::{self, EditServer, LifetimesInput, NewServer};
use gatehouse_server::manage::server_applications::ServerApplication;
use gatehouse_server::manage::servers::ServerView;
use serde_json::json;

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;

/// Create and manage authorization servers
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create an authorization server with its first keys
    Create {
        /// Part of its issuer and of every address; never changes
        id: String,
        /// Name for operators
        #[arg(long)]
        name: String,
        /// `aud` of tokens whose scopes belong to no API
        #[arg(long)]
        audience: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// List authorization servers
    List,
    /// Show an authorization server
    Show {
        /// Its id
        id: String,
    },
    /// Change an authorization server
    Edit {
        /// Its id
        id: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// Another audience
        #[arg(long)]
        audience: Option<String>,
        #[command(flatten)]
        settings: Settings,
    },
    /// List the applications that may use a server which is open to listed ones alone
    Applications {
        /// The server's id
        id: String,
    },
    /// Let an application use a server
    Admit(Place),
    /// Take an application off a server's list
    Exclude(Place),
}

#[derive(clap::Args)]
struct Place {
    /// The server's id
    id: String,
    /// The application's id, `app_…`
    application: ApplicationId,
}

#[derive(clap::Args)]
struct Settings {
    /// What access tokens are signed with: ES256, EdDSA or RS256
    #[arg(long, value_name = "ALG")]
    alg: Option<Algorithm>,
    /// Who may use it: all applications, or the ones that are listed (see `servers admit`)
    #[arg(long, value_name = "all|listed")]
    open_to: Option<OpenTo>,
    /// Life of an access token
    #[arg(long, value_name = "SECONDS")]
    access_token_lifetime: Option<i64>,
    /// Life of an ID token
    #[arg(long, value_name = "SECONDS")]
    id_token_lifetime: Option<i64>,
    /// Life of an authorization code
    #[arg(long, value_name = "SECONDS")]
    code_lifetime: Option<i64>,
    /// Life of a refresh token without use
    #[arg(long, value_name = "SECONDS")]
    refresh_token_idle_lifetime: Option<i64>,
    /// Life of a refresh token altogether
    #[arg(long, value_name = "SECONDS")]
    refresh_token_absolute_lifetime: Option<i64>,
    /// How long a rotated refresh token gives the same successor
    #[arg(long, value_name = "SECONDS")]
    refresh_token_leeway: Option<i64>,
    /// Life of a pushed authorization request
    #[arg(long, value_name = "SECONDS")]
    pushed_authorization_request_lifetime: Option<i64>,
    /// Life of a device code
    #[arg(long, value_name = "SECONDS")]
    device_code_lifetime: Option<i64>,
    /// Life of a browser session without use
    #[arg(long, value_name = "SECONDS")]
    session_idle_lifetime: Option<i64>,
    /// Life of a browser session altogether
    #[arg(long, value_name = "SECONDS")]
    session_absolute_lifetime: Option<i64>,
    /// Time between rotations of the keys
    #[arg(long, value_name = "SECONDS")]
    key_rotation_interval: Option<i64>,
}

impl Settings {
    fn lifetimes(&self) -> LifetimesInput {
        LifetimesInput {
            access_token: self.access_token_lifetime,
            id_token: self.id_token_lifetime,
            code: self.code_lifetime,
            refresh_token_idle: self.refresh_token_idle_lifetime,
            refresh_token_absolute: self.refresh_token_absolute_lifetime,
            refresh_token_leeway: self.refresh_token_leeway,
            pushed_authorization_request: self.pushed_authorization_request_lifetime,
            device_code: self.device_code_lifetime,
            session_idle: self.session_idle_lifetime,
            session_absolute: self.session_absolute_lifetime,
        }
    }
}

pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let server = match arguments.verb {
        Verb::List => return list(&session).await,
        Verb::Applications { id } => return list_applications(&session, &id).await,
        Verb::Admit(Place { id, application }) => {
            servers::admit(ctx, actor, &id, application).await.map_err(failed)?;
            let sentence = format!("{application} may use the authorization server {id}");
            return session.output.done(&sentence, &json!({ "server": id, "application_id": application }));
        }
        Verb::Exclude(Place { id, application }) => {
            servers::exclude(ctx, actor, &id, application).await.map_err(failed)?;
            let sentence = format!("{application} is off the list of the authorization server {id}");
            return session.output.done(&sentence, &json!({ "server": id, "application_id": application }));
        }
        Verb::Show { id } => servers::get(ctx, &id).await,
        Verb::Create { id, name, audience, settings } => {
            let lifetimes = settings.lifetimes();
            let key_rotation_interval = settings.key_rotation_interval;
            let access_token_signing_alg = settings.alg;
            let open_to = settings.open_to;
            let input =
                NewServer { id, name, audience, access_token_signing_alg, open_to, lifetimes, key_rotation_interval };
            servers::create(ctx, actor, input).await
        }
        Verb::Edit { id, name, audience, settings } => {
            let lifetimes = settings.lifetimes();
            let key_rotation_interval = settings.key_rotation_interval;
            let access_token_signing_alg = settings.alg;
            let open_to = settings.open_to;
            let input =
                EditServer { name, audience, access_token_signing_alg, open_to, lifetimes, key_rotation_interval };
            servers::edit(ctx, actor, &id, input).await
        }
    };
    show(&session, &server.map_err(failed)?)
}

fn show(session: &Session, server: &AuthorizationServer) -> anyhow::Result<()> {
    session.output.item(
        &ServerView::from(server),
        &[
            ("id", server.id.to_string()),
            ("name", server.name.clone()),
            ("audience", server.audience.clone()),
            ("access tokens", format!("{}, {} s", server.access_token_signing_alg, server.lifetimes.access_token)),
            ("open to", format!("{} applications", server.open_to)),
            ("key rotation", format!("every {} s", server.key_rotation_interval)),
            ("created", server.created_at.to_string()),
        ],
    )
}

async fn list(session: &Session) -> anyhow::Result<()> {
    let found = servers::list(&session.ctx).await.map_err(failed)?;
    let views: Vec<ServerView> = found.iter().map(ServerView::from).collect();
    session.output.list(&views, &["id", "name", "audience", "algorithm"], |server| {
        vec![server.id.clone(), server.name.clone(), server.audience.clone(), server.access_token_signing_alg.clone()]
    })
}

async fn list_applications(session: &Session, id: &str) -> anyhow::Result<()> {
    let page = async |after, limit| servers::list_applications(&session.ctx, id, after, limit).await;
    let found = all(page, |listed| listed.application_id.to_string()).await?;
    let views: Vec<ServerApplication> = found.iter().map(ServerApplication::from).collect();
    session.output.list(&views, &["application", "client id", "name", "since"], |listed| {
        let since = listed.created_at.0.to_string();
        vec![listed.application_id.clone(), listed.client_id.clone(), listed.name.clone(), since]
    })
}
