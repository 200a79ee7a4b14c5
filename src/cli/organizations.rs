//! `gatehouse organizations …`

use gatehouse_core::id::{InvitationId, OrganizationId};
use gatehouse_core::identity::organization::{MemberRole, Organization};
use gatehouse_server::actions::organizations::{
    self, NewMember, NewOrganization, NewOrganizationInvitation, OrganizationChange,
};
use gatehouse_server::manage::organizations::{MemberView, OrganizationInvitationView, OrganizationView};
use serde_json::json;

use super::failure::failed;
use super::global::{Global, Session};
use super::pages::all;
use super::users;

/// Create and manage organizations, their members and invitations
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create an organization
    Create {
        /// Name that everybody sees
        #[arg(long)]
        name: String,
        /// An https or http address
        #[arg(long, value_name = "URL")]
        homepage: Option<String>,
        /// First owner: id or e-mail address of a user
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
    },
    /// List organizations
    List,
    /// Show an organization
    Show(Which),
    /// Change name or homepage
    Edit {
        #[command(flatten)]
        which: Which,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// Another homepage; empty takes it away
        #[arg(long, value_name = "URL")]
        homepage: Option<String>,
    },
    /// Mark an organization as verified
    Verify(Which),
    /// Take the verified mark away
    Unverify(Which),
    /// List the members of an organization
    Members(Which),
    /// Add a member
    AddMember(Membership),
    /// Give a member another role
    SetMemberRole(Membership),
    /// Remove a member
    RemoveMember {
        #[command(flatten)]
        which: Which,
        /// Id or e-mail address of the user
        user: String,
    },
    /// List the invitations that nobody has accepted
    Invitations(Which),
    /// Invite an e-mail address, which gets a mail
    Invite {
        #[command(flatten)]
        which: Which,
        /// E-mail address
        #[arg(long)]
        email: String,
        /// owner, maintainer or viewer
        #[arg(long)]
        role: MemberRole,
    },
    /// Take an invitation back
    WithdrawInvitation {
        #[command(flatten)]
        which: Which,
        /// The invitation's id
        invitation: InvitationId,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The organization's id
    organization: OrganizationId,
}

#[derive(clap::Args)]
struct Membership {
    #[command(flatten)]
    which: Which,
    /// Id or e-mail address of the user
    user: String,
    /// owner, maintainer or viewer
    #[arg(long)]
    role: MemberRole,
}

/// Runs a command of `organizations`.
pub(super) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<()> {
    let session = global.open().await?;
    let (ctx, actor) = (&session.ctx, &session.actor);
    let organization = match arguments.verb {
        Verb::List => return list(&session).await,
        Verb::Members(which) => return members(&session, which.organization).await,
        Verb::AddMember(added) => return add_member(&session, added).await,
        Verb::SetMemberRole(changed) => return set_member_role(&session, &changed).await,
        Verb::RemoveMember { which, user } => return remove_member(&session, which.organization, &user).await,
        Verb::Invitations(which) => return invitations(&session, which.organization).await,
        Verb::Invite { which, email, role } => {
            return invite(&session, which.organization, NewOrganizationInvitation { email, role }).await;
        }
        Verb::WithdrawInvitation { which, invitation } => {
            return withdraw(&session, (which.organization, invitation)).await;
        }
        Verb::Create { name, homepage, owner } => {
            organizations::create(ctx, actor, NewOrganization { name, homepage, owner }).await
        }
        Verb::Show(which) => organizations::get(ctx, which.organization).await,
        Verb::Edit { which, name, homepage } => {
            let homepage = homepage.map(|text| Some(text).filter(|text| !text.is_empty()));
            organizations::edit(ctx, actor, which.organization, OrganizationChange { name, homepage }).await
        }
        Verb::Verify(which) => organizations::verify(ctx, actor, which.organization).await,
        Verb::Unverify(which) => organizations::unverify(ctx, actor, which.organization).await,
    };
    show(&session, &organization.map_err(failed)?)
}

fn show(session: &Session, organization: &Organization) -> anyhow::Result<()> {
    let verified = organization.verified_at.map_or_else(|| "no".to_owned(), |at| at.to_string());
    session.output.item(
        &OrganizationView::from(organization),
        &[
            ("id", organization.id.to_string()),
            ("name", organization.name.clone()),
            ("homepage", organization.homepage.clone().unwrap_or_default()),
            ("verified", verified),
            ("created", organization.created_at.to_string()),
        ],
    )
}

async fn list(session: &Session) -> anyhow::Result<()> {
    let page = async |after, limit| organizations::list(&session.ctx, after, limit).await;
    let found = all(page, |organization| organization.id.to_string()).await?;
    let views: Vec<OrganizationView> = found.iter().map(OrganizationView::from).collect();
    session.output.list(&views, &["id", "name", "homepage", "verified"], |organization| {
        let verified = if organization.verified_at.is_some() { "yes" } else { "no" };
        let homepage = organization.homepage.clone().unwrap_or_default();
        vec![organization.id.clone(), organization.name.clone(), homepage, verified.to_owned()]
    })
}

async fn members(session: &Session, id: OrganizationId) -> anyhow::Result<()> {
    let found = organizations::list_members(&session.ctx, id).await.map_err(failed)?;
    let views: Vec<MemberView> = found.iter().map(MemberView::from).collect();
    session.output.list(&views, &["user", "e-mail", "name", "role"], |member| {
        vec![member.user_id.clone(), member.email.clone(), member.name.clone(), member.role.clone()]
    })
}

async fn add_member(session: &Session, added: Membership) -> anyhow::Result<()> {
    let (id, input) = (added.which.organization, NewMember { user: added.user, role: added.role });
    let added = organizations::add_member(&session.ctx, &session.actor, id, input).await.map_err(failed)?;
    let sentence = format!("{} is now {} of {id}.", added.user.email, added.member.role);
    session.output.done(&sentence, &MemberView::from(&added))
}

async fn set_member_role(session: &Session, changed: &Membership) -> anyhow::Result<()> {
    let (id, role) = (changed.which.organization, changed.role);
    let user = users::id(&session.ctx, &changed.user).await?;
    organizations::set_member_role(&session.ctx, &session.actor, (id, user), role).await.map_err(failed)?;
    let view = json!({"organization_id": id, "user_id": user, "role": role});
    session.output.done(&format!("{user} is now {role} of {id}."), &view)
}

async fn remove_member(session: &Session, id: OrganizationId, user: &str) -> anyhow::Result<()> {
    let user = users::id(&session.ctx, user).await?;
    organizations::remove_member(&session.ctx, &session.actor, id, user).await.map_err(failed)?;
    let view = json!({"organization_id": id, "user_id": user});
    session.output.done(&format!("{user} is no longer a member of {id}."), &view)
}

async fn invitations(session: &Session, id: OrganizationId) -> anyhow::Result<()> {
    let found = organizations::list_invitations(&session.ctx, id).await.map_err(failed)?;
    let now = session.ctx.now();
    let views: Vec<_> = found.iter().map(|invitation| OrganizationInvitationView::open(invitation, now)).collect();
    session.output.list(&views, &["id", "e-mail", "role", "state", "expires"], |invitation| {
        let expires = invitation.expires_at.0.to_string();
        let shown = [&invitation.id, &invitation.email, &invitation.role, &invitation.state, &expires];
        shown.into_iter().cloned().collect()
    })
}

async fn invite(session: &Session, id: OrganizationId, input: NewOrganizationInvitation) -> anyhow::Result<()> {
    let invited = organizations::invite(&session.ctx, &session.actor, id, input).await.map_err(failed)?;
    let made = &invited.invitation;
    let mut sentence = format!("{} waits until {} for {} to accept.", made.id, made.expires_at, made.email);
    if let Some(old) = &invited.replaced {
        sentence = format!("{sentence} It replaces the invitation as {} of {}.", old.role, old.created_at);
    }
    session.output.done(&sentence, &OrganizationInvitationView::open(made, made.created_at))
}

async fn withdraw(session: &Session, ids: (OrganizationId, InvitationId)) -> anyhow::Result<()> {
    organizations::withdraw_invitation(&session.ctx, &session.actor, ids).await.map_err(failed)?;
    session.output.done(&format!("{} is taken back.", ids.1), &json!({"id": ids.1}))
}
