//! The team that owns applications, and the rules of its membership.
//!
//! An owner may do everything, a maintainer everything but touch owners, a viewer only leave. There is always an
//! owner once there are members at all: the last one can neither leave nor be demoted, whoever asks.

use crate::id::{OrganizationId, UserId};
use crate::time::Timestamp;

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Never reused.
    pub id: OrganizationId,
    /// As everybody sees it.
    pub name: String,
    /// An `https` or `http` address.
    pub homepage: Option<String>,
    /// When the operator checked who it is; shown as a badge.
    pub verified_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Of the last change.
    pub updated_at: Timestamp,
    /// Rises with every change, its members included.
    pub version: i64,
}

crate::text_enum! {
    /// What a member may do.
    MemberRole, "member role" {
        /// Everything.
        Owner = "owner",
        /// Everything but touch owners.
        Maintainer = "maintainer",
        /// Look.
        Viewer = "viewer",
    }
}

impl MemberRole {
    /// Whether this role may change applications, secrets and requests.
    pub const fn can_write(self) -> bool {
        matches!(self, Self::Owner | Self::Maintainer)
    }
}

/// A user in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which organization.
    pub organization_id: OrganizationId,
    /// Who.
    pub user_id: UserId,
    /// May do what.
    pub role: MemberRole,
    /// Since when.
    pub created_at: Timestamp,
}

/// Who asks for a change of the membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The operator of the installation, or an admin.
    Operator,
    /// A signed-in user, who may or may not be a member.
    User(UserId),
}

/// One change of the membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds a user who is no member.
    Add(UserId, MemberRole),
    /// Gives a member another role.
    SetRole(UserId, MemberRole),
    /// Removes a member, or lets one leave.
    Remove(UserId),
}

/// Why a change of the membership is refused. The text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MembershipError {
    /// The asking user is no member, or only a viewer.
    #[error("only owners and maintainers can change the members")]
    NotAllowed,
    /// Only owners make, demote and remove owners.
    #[error("only an owner can make, change or remove an owner")]
    OwnersOnly,
    /// There would be no owner left.
    #[error("the last owner can neither leave nor get another role: make somebody else an owner first")]
    LastOwner,
    /// The user is a member already.
    #[error("this user is a member already")]
    AlreadyMember,
    /// The user is no member.
    #[error("this user is no member")]
    NotMember,
    /// Whoever comes first must be an owner.
    #[error("the first member must be an owner")]
    FirstIsOwner,
}

impl MembershipError {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::OwnersOnly => "owners_only",
            Self::LastOwner => "last_owner",
            Self::AlreadyMember => "already_member",
            Self::NotMember => "not_member",
            Self::FirstIsOwner => "first_is_owner",
        }
    }
}

/// Whether `by` may make this change, given all present members.
pub fn check(members: &[Member], change: Change, by: By) -> Result<(), MembershipError> {
    let (user, wanted) = match change {
        Change::Add(user, role) | Change::SetRole(user, role) => (user, Some(role)),
        Change::Remove(user) => (user, None),
    };
    let present = role_of(members, user);
    allowed(members, by, change, present, wanted)?;
    match (change, present) {
        (Change::Add(..), Some(_)) => return Err(MembershipError::AlreadyMember),
        (Change::SetRole(..) | Change::Remove(..), None) => return Err(MembershipError::NotMember),
        _ => {}
    }
    if members.is_empty() && wanted != Some(MemberRole::Owner) {
        return Err(MembershipError::FirstIsOwner);
    }
    let owners = members.iter().filter(|member| member.role == MemberRole::Owner).count();
    if present == Some(MemberRole::Owner) && wanted != Some(MemberRole::Owner) && owners == 1 {
        return Err(MembershipError::LastOwner);
    }
    Ok(())
}

/// The role of a user, `None` for one who is no member.
pub fn role_of(members: &[Member], user: UserId) -> Option<MemberRole> {
    members.iter().find(|member| member.user_id == user).map(|member| member.role)
}

fn allowed(
    members: &[Member],
    by: By,
    change: Change,
    present: Option<MemberRole>,
    wanted: Option<MemberRole>,
) -> Result<(), MembershipError> {
    let By::User(asking) = by else { return Ok(()) };
    let touches_owner = present == Some(MemberRole::Owner) || wanted == Some(MemberRole::Owner);
    match role_of(members, asking) {
        Some(_) if change == Change::Remove(asking) => Ok(()),
        Some(MemberRole::Owner) => Ok(()),
        Some(MemberRole::Maintainer) if touches_owner => Err(MembershipError::OwnersOnly),
        Some(MemberRole::Maintainer) => Ok(()),
        Some(MemberRole::Viewer) | None => Err(MembershipError::NotAllowed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    fn users<const N: usize>() -> [UserId; N] {
        let random = SeededRandom::new(3);
        std::array::from_fn(|_| UserId::new(Timestamp::from_secs(1), &random))
    }

    fn organization() -> OrganizationId {
        OrganizationId::new(Timestamp::from_secs(1), &SeededRandom::new(9))
    }

    fn member(user_id: UserId, role: MemberRole) -> Member {
        Member { organization_id: organization(), user_id, role, created_at: Timestamp::from_secs(1) }
    }

    fn apply(members: &mut Vec<Member>, change: Change) {
        match change {
            Change::Add(user, role) => members.push(member(user, role)),
            Change::SetRole(user, role) => members.iter_mut().filter(|m| m.user_id == user).for_each(|m| m.role = role),
            Change::Remove(user) => members.retain(|m| m.user_id != user),
        }
    }

    #[test]
    fn who_may_do_what() {
        use MemberRole::{Maintainer, Owner, Viewer};
        let [owner, maintainer, viewer, stranger] = users();
        let members = [member(owner, Owner), member(maintainer, Maintainer), member(viewer, Viewer)];
        let cases = [
            (By::User(maintainer), Change::Remove(owner), Err(MembershipError::OwnersOnly)),
            (By::User(maintainer), Change::SetRole(owner, Viewer), Err(MembershipError::OwnersOnly)),
            (By::User(maintainer), Change::SetRole(maintainer, Owner), Err(MembershipError::OwnersOnly)),
            (By::User(maintainer), Change::Add(stranger, Owner), Err(MembershipError::OwnersOnly)),
            (By::User(maintainer), Change::Add(stranger, Maintainer), Ok(())),
            (By::User(maintainer), Change::Remove(viewer), Ok(())),
            (By::User(viewer), Change::Add(stranger, Viewer), Err(MembershipError::NotAllowed)),
            (By::User(viewer), Change::Remove(maintainer), Err(MembershipError::NotAllowed)),
            (By::User(viewer), Change::Remove(viewer), Ok(())),
            (By::User(stranger), Change::Add(stranger, Owner), Err(MembershipError::NotAllowed)),
            (By::User(stranger), Change::Remove(stranger), Err(MembershipError::NotAllowed)),
            (By::User(owner), Change::Remove(owner), Err(MembershipError::LastOwner)),
            (By::Operator, Change::Remove(owner), Err(MembershipError::LastOwner)),
            (By::Operator, Change::SetRole(owner, Viewer), Err(MembershipError::LastOwner)),
            (By::Operator, Change::SetRole(owner, Owner), Ok(())),
            (By::Operator, Change::Add(viewer, Owner), Err(MembershipError::AlreadyMember)),
            (By::Operator, Change::SetRole(stranger, Viewer), Err(MembershipError::NotMember)),
            (By::User(owner), Change::Add(stranger, Owner), Ok(())),
        ];
        for (by, change, expected) in cases {
            assert_eq!(check(&members, change, by), expected, "{by:?} {change:?}");
        }
        assert_eq!(check(&[], Change::Add(owner, Viewer), By::Operator), Err(MembershipError::FirstIsOwner));
        assert_eq!(check(&[], Change::Add(owner, Owner), By::Operator), Ok(()));
    }

    proptest! {
        #[test]
        fn there_is_always_an_owner_and_nobody_rises_alone(
            steps in proptest::collection::vec((0_usize..5, 0_usize..3, 0_usize..4, 0_usize..3), 1..60),
        ) {
            let people: [UserId; 4] = users();
            let mut members = vec![member(people[0], MemberRole::Owner)];
            for (asking, kind, who, role) in steps {
                let by = people.get(asking).map_or(By::Operator, |user| By::User(*user));
                let role = MemberRole::ALL[role];
                let change = match kind {
                    0 => Change::Add(people[who], role),
                    1 => Change::SetRole(people[who], role),
                    _ => Change::Remove(people[who]),
                };
                let before = members.clone();
                if check(&members, change, by).is_ok() {
                    apply(&mut members, change);
                }
                prop_assert!(members.iter().any(|m| m.role == MemberRole::Owner));
                if let By::User(user) = by && role_of(&before, user) != Some(MemberRole::Owner) {
                    let owners = |list: &[Member]| -> Vec<UserId> {
                        list.iter().filter(|m| m.role == MemberRole::Owner).map(|m| m.user_id).collect()
                    };
                    prop_assert_eq!(owners(&before), owners(&members));
                }
            }
        }
    }
}
