//! Where customers' data lives, and who sees it.
//!
//! Membership is to a user id. An invitation goes to an address and binds to the user who verifies that address; an
//! address that became free and was taken by somebody else inherits nothing that was bound before.

use std::time::Duration;

use super::email::Email;
use super::user::User;
use crate::id::{InvitationId, UserId, WorkspaceId};
use crate::time::Timestamp;

/// How long an invitation waits.
pub const INVITATION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3_600);

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Never reused.
    pub id: WorkspaceId,
    /// As its members see it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
    /// Rises with every change, its members included.
    pub version: i64,
}

crate::text_enum! {
    /// What a member may do.
    WorkspaceRole, "workspace role" {
        /// Also manages the members, and sees and removes the applications that read the data.
        Owner = "owner",
        /// Sees the data.
        Member = "member",
    }
}

/// A user in a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceMember {
    /// Which workspace.
    pub workspace_id: WorkspaceId,
    /// Who.
    pub user_id: UserId,
    /// May do what.
    pub role: WorkspaceRole,
    /// Since when.
    pub created_at: Timestamp,
}

/// A place in a workspace that waits for the owner of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// For taking it back.
    pub id: InvitationId,
    /// Which workspace.
    pub workspace_id: WorkspaceId,
    /// Whom it is for.
    pub email: Email,
    /// What the user will be.
    pub role: WorkspaceRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it binds nobody.
    pub expires_at: Timestamp,
    /// Who has taken the place.
    pub accepted_by: Option<UserId>,
    /// When.
    pub accepted_at: Option<Timestamp>,
}

/// Why a member cannot be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// There would be members and no owner.
    #[error(
        "the last owner can neither leave nor get another role while there are other members: make somebody else an owner first"
    )]
    LastOwner,
    /// The user is a member already.
    #[error("this user is a member already")]
    AlreadyMember,
    /// The user is no member.
    #[error("this user is no member")]
    NotMember,
}

impl WorkspaceError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LastOwner => "last_owner",
            Self::AlreadyMember => "already_member",
            Self::NotMember => "not_member",
        }
    }
}

/// Whether `user` can be added.
pub fn check_add(members: &[WorkspaceMember], user: UserId) -> Result<(), WorkspaceError> {
    if find(members, user).is_some() { Err(WorkspaceError::AlreadyMember) } else { Ok(()) }
}

/// Whether `user` can be removed: the last owner only as the last member of all.
pub fn check_remove(members: &[WorkspaceMember], user: UserId) -> Result<(), WorkspaceError> {
    let leaving = find(members, user).ok_or(WorkspaceError::NotMember)?;
    let owner_stays = members.iter().any(|member| member.role == WorkspaceRole::Owner && member.user_id != user);
    if leaving.role == WorkspaceRole::Owner && !owner_stays && members.len() > 1 {
        return Err(WorkspaceError::LastOwner);
    }
    Ok(())
}

/// Whether `user` can get another role: there stays an owner.
pub fn check_set_role(members: &[WorkspaceMember], user: UserId, role: WorkspaceRole) -> Result<(), WorkspaceError> {
    find(members, user).ok_or(WorkspaceError::NotMember)?;
    let owner_stays = members.iter().any(|member| member.role == WorkspaceRole::Owner && member.user_id != user);
    if role == WorkspaceRole::Owner || owner_stays { Ok(()) } else { Err(WorkspaceError::LastOwner) }
}

impl Invitation {
    /// The membership that this invitation gives to `user`, if the address is verified as this user's, the user can
    /// act, and the invitation is open.
    pub fn binds(&self, user: &User, now: Timestamp) -> Option<WorkspaceMember> {
        let open = self.accepted_by.is_none() && now < self.expires_at;
        let theirs = user.is_active() && user.is_verified() && user.email.key() == self.email.key();
        (open && theirs).then_some(WorkspaceMember {
            workspace_id: self.workspace_id,
            user_id: user.id,
            role: self.role,
            created_at: now,
        })
    }
}

fn find(members: &[WorkspaceMember], user: UserId) -> Option<&WorkspaceMember> {
    members.iter().find(|member| member.user_id == user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::user::{Role, UserState};
    use crate::random::SeededRandom;

    fn user(email: &str, seed: u64) -> User {
        let now = Timestamp::from_secs(1_000);
        User {
            id: UserId::new(now, &SeededRandom::new(seed)),
            email: Email::parse(email).expect("an address"),
            email_verified_at: Some(now),
            name: "Ann".to_owned(),
            role: Role::Developer,
            state: UserState::Active,
            time_zone: "Etc/UTC".to_owned(),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    fn invitation(email: &str) -> Invitation {
        let now = Timestamp::from_secs(1_000);
        let random = SeededRandom::new(5);
        Invitation {
            id: InvitationId::new(now, &random),
            workspace_id: WorkspaceId::new(now, &random),
            email: Email::parse(email).expect("an address"),
            role: WorkspaceRole::Member,
            created_at: now,
            expires_at: now.plus(INVITATION_LIFETIME),
            accepted_by: None,
            accepted_at: None,
        }
    }

    #[test]
    fn an_invitation_binds_the_verified_owner_of_the_address() {
        let now = Timestamp::from_secs(2_000);
        let invitation = invitation("Ann@Example.com");
        let ann = user("ann@example.com", 1);
        assert_eq!(invitation.binds(&ann, now).map(|member| member.user_id), Some(ann.id));
        assert_eq!(invitation.binds(&User { email_verified_at: None, ..ann.clone() }, now), None);
        assert_eq!(invitation.binds(&User { state: UserState::Disabled, ..ann.clone() }, now), None);
        assert_eq!(invitation.binds(&user("bob@example.com", 2), now), None);
        assert_eq!(invitation.binds(&ann, invitation.expires_at), None);
    }

    #[test]
    fn an_accepted_invitation_gives_nothing_to_the_next_owner_of_the_address() {
        let now = Timestamp::from_secs(2_000);
        let first = user("ann@example.com", 1);
        let accepted =
            Invitation { accepted_by: Some(first.id), accepted_at: Some(now), ..invitation("ann@example.com") };
        assert_eq!(accepted.binds(&user("ann@example.com", 2), now), None);
        assert_eq!(accepted.binds(&first, now), None);
    }

    #[test]
    fn the_last_owner_leaves_last() {
        let workspace_id = invitation("a@example.com").workspace_id;
        let member = |user: &User, role| WorkspaceMember {
            workspace_id,
            user_id: user.id,
            role,
            created_at: Timestamp::from_secs(1),
        };
        let (ann, bob) = (user("ann@example.com", 1), user("bob@example.com", 2));
        let both = [member(&ann, WorkspaceRole::Owner), member(&bob, WorkspaceRole::Member)];
        assert_eq!(check_remove(&both, ann.id), Err(WorkspaceError::LastOwner));
        assert_eq!(check_remove(&both, bob.id), Ok(()));
        assert_eq!(check_remove(&both[..1], ann.id), Ok(()));
        assert_eq!(check_remove(&both[..1], bob.id), Err(WorkspaceError::NotMember));
        assert_eq!(check_add(&both, bob.id), Err(WorkspaceError::AlreadyMember));
        assert_eq!(check_set_role(&both, ann.id, WorkspaceRole::Member), Err(WorkspaceError::LastOwner));
        assert_eq!(check_set_role(&both, ann.id, WorkspaceRole::Owner), Ok(()));
        assert_eq!(check_set_role(&both, bob.id, WorkspaceRole::Owner), Ok(()));
        assert_eq!(check_set_role(&both[..1], bob.id, WorkspaceRole::Owner), Err(WorkspaceError::NotMember));
        let owners = [member(&ann, WorkspaceRole::Owner), member(&bob, WorkspaceRole::Owner)];
        assert_eq!(check_set_role(&owners, ann.id, WorkspaceRole::Member), Ok(()));
    }
}
