//! What the pages of organizations and workspaces share: people, invitations, roles in words.

use std::fmt::Display;
use std::str::FromStr;

use axum::response::{IntoResponse, Redirect, Response};
use gatehouse_core::id::{InvitationId, UserId};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::identity::user::User;
use gatehouse_core::identity::workspace::WorkspaceRole;
use gatehouse_core::time::Timestamp;
use serde::Deserialize;

use super::choice::Choice;
use super::chrome::Section;
use super::moment::Moment;
use super::visitor::SignedIn;
use crate::login::throttle::What;
use crate::login::throttled;
use crate::state::App;

/// What may stand behind the `?` after a form was sent: a word that the page has a sentence for.
#[derive(Debug, Default, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
    /// The role of an invitation whose place a new one took.
    #[serde(default)]
    replaced: String,
    /// When that one was sent, in seconds.
    #[serde(default)]
    sent: i64,
}

impl Done {
    /// The sentence of the word; empty for any other.
    pub(super) fn sentence(&self, sentences: &[(&str, &'static str)]) -> &'static str {
        sentences.iter().find(|(known, _)| *known == self.done).map_or("", |(_, sentence)| sentence)
    }

    /// Which invitation the new one took the place of, for whoever takes it for a second one; empty for none.
    pub(super) fn replaced<R: FromStr + Display>(&self, app: &App, reader: &SignedIn) -> String {
        let sent = Moment::new(Timestamp::from_secs(self.sent), app.ctx.now(), &reader.user.time_zone);
        let role = self.replaced.parse::<R>().ok();
        role.map(|role| format!("It replaces the invitation as {role} of {}.", sent.day())).unwrap_or_default()
    }
}

/// One member of a list.
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: &'static str,
    pub(super) since: Moment,
    /// What the reader may do with this member: the words of the link, empty for nothing.
    pub(super) manage: &'static str,
    /// Why the reader may not.
    pub(super) stays: &'static str,
    whose: Whose,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Other,
}

impl Person {
    pub(super) fn new(user: &User, role: &'static str, since: Moment, reader: &SignedIn) -> Self {
        Self {
            id: user.id,
            name: user.name.clone(),
            email: user.email.as_typed().to_owned(),
            role,
            since,
            manage: "",
            stays: "",
            whose: if user.id == reader.user.id { Whose::Own } else { Whose::Other },
        }
    }

    /// Everybody can leave.
    pub(super) fn managed(self, words: &'static str) -> Self {
        Self { manage: if self.is_me() { "Leave" } else { words }, ..self }
    }

    /// But the last owner.
    pub(super) fn kept(self) -> Self {
        Self { manage: "", stays: if self.is_me() { "The only owner cannot leave" } else { "" }, ..self }
    }

    pub(super) fn is_me(&self) -> bool {
        self.whose == Whose::Own
    }
}

/// One invitation of a list.
pub(super) struct Invited {
    pub(super) id: InvitationId,
    pub(super) email: String,
    pub(super) role: &'static str,
    pub(super) ends: Moment,
    pub(super) state: (&'static str, &'static str),
}

impl Invited {
    pub(super) fn new(
        (id, email): (InvitationId, &Email),
        role: &'static str,
        expires_at: Timestamp,
        (app, reader): (&App, &SignedIn),
    ) -> Self {
        let now = app.ctx.now();
        let state = if now < expires_at { ("info", "Waiting") } else { ("plain", "Expired") };
        let ends = Moment::new(expires_at, now, &reader.user.time_zone);
        Self { id, email: email.as_typed().to_owned(), role, ends, state }
    }
}

/// `Owner`
pub(super) fn member_role(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Owner => "Owner",
        MemberRole::Maintainer => "Maintainer",
        MemberRole::Viewer => "Viewer",
    }
}

/// The roles that somebody may give, with what they mean.
pub(super) fn member_roles(by: MemberRole, chosen: &str) -> Vec<Choice> {
    let choice = |role: MemberRole, hint| Choice::new(role.as_str(), member_role(role)).hint(hint).among(&[chosen]);
    let mut roles = vec![
        choice(MemberRole::Viewer, "Sees applications, requests and usage, and changes nothing"),
        choice(MemberRole::Maintainer, "Also requests access, changes applications and their secrets, invites people"),
    ];
    if by == MemberRole::Owner {
        let hint = "Also changes the organization and its owners, deletes and transfers applications";
        roles.push(choice(MemberRole::Owner, hint));
    }
    roles
}

/// `Owner`
pub(super) fn workspace_role(role: WorkspaceRole) -> &'static str {
    match role {
        WorkspaceRole::Owner => "Owner",
        WorkspaceRole::Member => "Member",
    }
}

/// Both roles, with what they mean.
pub(super) fn workspace_roles(chosen: &str) -> Vec<Choice> {
    let choice =
        |role: WorkspaceRole, hint| Choice::new(role.as_str(), workspace_role(role)).hint(hint).among(&[chosen]);
    vec![
        choice(WorkspaceRole::Member, "Sees the data of the workspace, and so do applications whose API user they are"),
        choice(
            WorkspaceRole::Owner,
            "Also invites and removes members, and with them the applications that read in their name",
        ),
    ]
}

/// The answer when too many mails went to this address; the same whoever has it.
pub(super) fn too_many_mails(app: &App, reader: &SignedIn, email: &str) -> Option<Response> {
    let peer = reader.actor.address.as_deref().and_then(|address| address.parse().ok());
    app.login_throttle
        .admit(What::Mail, email, peer, app.ctx.now())
        .err()
        .map(|seconds| throttled::within(reader.chrome(Section::None), seconds))
}

/// After an invitation; `replaced` are role and time of the one whose place it took.
pub(super) fn see_invited(place: &str, replaced: Option<(&str, Timestamp)>) -> Response {
    match replaced {
        Some((role, at)) => see(&format!("{place}?done=invited&replaced={role}&sent={}", at.as_secs())),
        None => see(&format!("{place}?done=invited")),
    }
}

/// After a form was done.
pub(super) fn see(address: &str) -> Response {
    Redirect::to(address).into_response()
}
