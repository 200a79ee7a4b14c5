//! `gatehouse users …`

mod connected;
mod factors;
mod sessions;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::{Role, User};
use gatehouse_server::actions::users::{self, NewUser};
use gatehouse_server::actions::{ActionError, accounts};
use gatehouse_server::context::Context;
use gatehouse_server::manage::users::UserView;

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;

/// Longer than any password; what is longer is no password file.
const LONGEST_PASSWORD_FILE: u64 = 16 * 1024;

/// Create and manage users
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create a user
    Create(Create),
    /// List users
    List,
    /// Show a user
    Show(Which),
    /// Give a user another e-mail address, which is not verified, and end the user's sessions
    SetEmail(SetEmail),
    /// Mark a user's e-mail address as verified
    VerifyEmail(Which),
    /// Disable a user: everything given out in the user's name is refused from now on
    Disable(Which),
    /// Enable a disabled user
    Enable(Which),
    /// Give a user another role in the installation
    SetRole(SetRole),
    /// Set a user's password and end the user's sessions
    SetPassword(SetPassword),
    /// Mail a user another link to verify the address
    SendVerification(Which),
    /// Mail a user a link to choose a new password
    SendReset(Which),
    /// List the browsers that are signed in as a user
    ListSessions(Which),
    /// End one session of a user
    EndSession(sessions::One),
    /// End all sessions of a user
    EndSessions(Which),
    /// List what a user signs in with beside the password
    ListFactors(Which),
    /// Take a factor of a user away who is locked out
    RemoveFactor(factors::One),
    /// Show what applications may learn about a user
    ShowProfile(Which),
    /// Replace what applications may learn about a user
    SetProfile(factors::SetProfile),
    /// List the applications that a user has let do something
    ListConnectedApplications(Which),
    /// Disconnect an application from a user
    DisconnectApplication(connected::One),
}

#[derive(clap::Args)]
struct Which {
    /// The user's id or e-mail address
    user: String,
}

#[derive(clap::Args)]
struct Create {
    /// E-mail address
    #[arg(long)]
    email: String,
    /// Name that other people see
    #[arg(long)]
    name: String,
    /// developer, reviewer or admin
    #[arg(long, default_value = "developer")]
    role: Role,
    /// File with the password in its first line; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Take the address as verified
    #[arg(long)]
    email_verified: bool,
    /// IANA name such as Europe/Berlin
    #[arg(long)]
    time_zone: Option<String>,
}

#[derive(clap::Args)]
struct SetRole {
    /// The user's id or e-mail address
    user: String,
    /// developer, reviewer or admin
    role: Role,
}

#[derive(clap::Args)]
struct SetEmail {
    /// The user's id or present e-mail address
    user: String,
    /// The new address
    email: String,
}

#[derive(clap::Args)]
struct SetPassword {
    /// The user's id or e-mail address
    user: String,
    /// File with the password in its first line; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
}

/// Runs a command of `users`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let user = match arguments.verb {
        Verb::List => return list(&session).await,
        Verb::SetPassword(set) => return set_password(&session, &set).await,
        Verb::ListSessions(which) => return sessions::list(&session, &which).await,
        Verb::EndSession(one) => return sessions::end(&session, &one).await,
        Verb::ListFactors(which) => return factors::list(&session, &which).await,
        Verb::RemoveFactor(one) => return factors::remove(&session, &one).await,
        Verb::ShowProfile(which) => return factors::show(&session, &which).await,
        Verb::SetProfile(set) => return factors::set(&session, &set).await,
        Verb::ListConnectedApplications(which) => return connected::list(&session, &which).await,
        Verb::DisconnectApplication(one) => return connected::disconnect(&session, &one).await,
        Verb::EndSessions(which) => return sessions::end_all(&session, &which).await,
        Verb::SendVerification(which) => accounts::send_verification(ctx, actor, id(ctx, &which.user).await?).await,
        Verb::SendReset(which) => accounts::send_reset(ctx, actor, id(ctx, &which.user).await?).await,
        Verb::Create(create) => make(&session, create).await,
        Verb::Show(which) => users::get_by_ref(ctx, &which.user).await,
        Verb::SetEmail(set) => users::set_email(ctx, actor, id(ctx, &set.user).await?, &set.email).await,
        Verb::VerifyEmail(which) => users::verify_email(ctx, actor, id(ctx, &which.user).await?).await,
        Verb::Disable(which) => users::disable(ctx, actor, id(ctx, &which.user).await?).await,
        Verb::Enable(which) => users::enable(ctx, actor, id(ctx, &which.user).await?).await,
        Verb::SetRole(set) => users::set_role(ctx, actor, id(ctx, &set.user).await?, set.role).await,
    };
    show(&session, &user.map_err(failed)?)
}

/// The id of a user named by id or address.
pub(super) async fn id(ctx: &Context, text: &str) -> anyhow::Result<UserId> {
    Ok(users::get_by_ref(ctx, text).await.map_err(failed)?.id)
}

async fn make(session: &Session, create: Create) -> Result<User, ActionError> {
    let password =
        match &create.password_file {
            Some(path) => Some(read_password(path).map_err(|error| {
                ActionError::invalid("password", "unreadable", format!("{}: {error}", path.display()))
            })?),
            None => None,
        };
    let input = NewUser {
        email: create.email,
        name: create.name,
        role: Some(create.role),
        password,
        email_verified: create.email_verified,
        time_zone: create.time_zone,
    };
    users::create(&session.ctx, &session.actor, input).await
}

async fn list(session: &Session) -> anyhow::Result<()> {
    let page = async |after, limit| users::list(&session.ctx, after, limit).await;
    let found = all(page, |user| user.id.to_string()).await?;
    let views: Vec<UserView> = found.iter().map(UserView::from).collect();
    session.output.list(&views, &["id", "e-mail", "name", "role", "state", "verified"], |user| {
        let verified = if user.email_verified_at.is_some() { "yes" } else { "no" };
        let shown = [&user.id, &user.email, &user.name, &user.role, &user.state];
        shown.into_iter().cloned().chain([verified.to_owned()]).collect()
    })
}

fn show(session: &Session, user: &User) -> anyhow::Result<()> {
    let verified = user.email_verified_at.map_or_else(|| "no".to_owned(), |at| at.to_string());
    session.output.item(
        &UserView::from(user),
        &[
            ("id", user.id.to_string()),
            ("e-mail", user.email.to_string()),
            ("verified", verified),
            ("name", user.name.clone()),
            ("role", user.role.to_string()),
            ("state", user.state.to_string()),
            ("time zone", user.time_zone.clone()),
            ("created", user.created_at.to_string()),
        ],
    )
}

async fn set_password(session: &Session, set: &SetPassword) -> anyhow::Result<()> {
    let path = &set.password_file;
    let password = read_password(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let user = id(&session.ctx, &set.user).await?;
    users::set_password(&session.ctx, &session.actor, user, &password).await.map_err(failed)?;
    session.output.done("The password is set.", &serde_json::json!({"id": user}))
}

/// The first line. A password on the command line would be seen by everybody on the machine.
fn read_password(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LONGEST_PASSWORD_FILE).read_to_string(&mut text)?;
    } else {
        std::fs::File::open(path)?.take(LONGEST_PASSWORD_FILE).read_to_string(&mut text)?;
    }
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
