//! A place in an organization that waits for the owner of an e-mail address.
//!
//! An invitation goes to an address, whether it has an account or not, and whoever invites learns nothing about that.
//! It binds when a user whose verified address it is accepts it, once.

use std::time::Duration;

use super::email::Email;
use super::organization::{Member, MemberRole};
use super::user::User;
use crate::id::{InvitationId, OrganizationId, UserId};
use crate::time::Timestamp;

/// How long an invitation waits.
pub const INVITATION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Open invitations of one organization at most, so that nobody mails the world in its name.
pub const MOST_OPEN: usize = 50;

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationInvitation {
    /// For accepting it and taking it back.
    pub id: InvitationId,
    /// Which organization.
    pub organization_id: OrganizationId,
    /// Whom it is for.
    pub email: Email,
    /// What the user will be.
    pub role: MemberRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on nobody can accept it.
    pub expires_at: Timestamp,
    /// Who has taken the place.
    pub accepted_by: Option<UserId>,
    /// When.
    pub accepted_at: Option<Timestamp>,
}

impl OrganizationInvitation {
    /// Whether it can still be accepted.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.accepted_at.is_none() && now < self.expires_at
    }

    /// The membership that `user` gets by accepting, if the address is verified as this user's, the user can act, and
    /// the invitation is open.
    pub fn binds(&self, user: &User, now: Timestamp) -> Option<Member> {
        let theirs = user.is_active() && user.is_verified() && user.email.key() == self.email.key();
        (self.is_open(now) && theirs).then_some(Member {
            organization_id: self.organization_id,
            user_id: user.id,
            role: self.role,
            created_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::user::{Role, UserState};
    use crate::random::SeededRandom;

    fn user(email: &str) -> User {
        let now = Timestamp::from_secs(1_000);
        User {
            id: UserId::new(now, &SeededRandom::new(1)),
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

    #[test]
    fn binds_the_verified_owner_of_the_address_while_it_is_open() {
        let (made, now) = (Timestamp::from_secs(1_000), Timestamp::from_secs(2_000));
        let random = SeededRandom::new(5);
        let invitation = OrganizationInvitation {
            id: InvitationId::new(made, &random),
            organization_id: OrganizationId::new(made, &random),
            email: Email::parse("Ann@Example.com").expect("an address"),
            role: MemberRole::Maintainer,
            created_at: made,
            expires_at: made.plus(INVITATION_LIFETIME),
            accepted_by: None,
            accepted_at: None,
        };
        let ann = user("ann@example.com");
        let member = invitation.binds(&ann, now).expect("it binds");
        assert_eq!((member.user_id, member.role), (ann.id, MemberRole::Maintainer));
        assert_eq!(invitation.binds(&User { email_verified_at: None, ..ann.clone() }, now), None);
        assert_eq!(invitation.binds(&User { state: UserState::Disabled, ..ann.clone() }, now), None);
        assert_eq!(invitation.binds(&user("bob@example.com"), now), None);
        assert_eq!(invitation.binds(&ann, invitation.expires_at), None);
        let accepted = OrganizationInvitation { accepted_by: Some(ann.id), accepted_at: Some(now), ..invitation };
        assert_eq!(accepted.binds(&ann, now), None);
    }
}
