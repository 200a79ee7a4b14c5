//! Which reviewers hear of a request that waits.

use gatehouse_core::id::UserId;
use gatehouse_core::identity::user::User;
use gatehouse_core::portal::access_request::{AccessRequest, Reviewer, ensure_foreign};
use gatehouse_store::db::Tx;
use gatehouse_store::{organization_members, users};

use crate::actions::ActionError;

/// More reviewers than that need no mail each.
const MOST_REVIEWERS: i64 = 100;

/// The assignee; for a request that nobody has, or that its assignee alone cannot decide, everybody who may.
pub(super) async fn recipients(tx: &mut Tx, request: &AccessRequest) -> Result<Vec<User>, ActionError> {
    let assignee = match request.assignee_id {
        Some(id) if !waits_for_another(request, id) => users::find(tx, id).await?.filter(User::is_active),
        _ => None,
    };
    match assignee {
        Some(assignee) => Ok(vec![assignee]),
        None => deciders(tx, request).await,
    }
}

/// The reviewers who may decide on something of the request.
pub(super) async fn deciders(tx: &mut Tx, request: &AccessRequest) -> Result<Vec<User>, ActionError> {
    let mut found = Vec::new();
    for user in users::reviewers(tx, MOST_REVIEWERS).await? {
        let members = organization_members::list_of_user(tx, user.id).await?;
        let organizations: Vec<_> = members.into_iter().map(|member| member.organization_id).collect();
        let reviewer = Reviewer { user_id: user.id, organizations: &organizations };
        if ensure_foreign(request, reviewer).is_ok() && !waits_for_another(request, user.id) {
            found.push(user);
        }
    }
    Ok(found)
}

/// Whether all that is open of a request has this reviewer's approval, and takes another one's.
fn waits_for_another(request: &AccessRequest, reviewer: UserId) -> bool {
    let mut open = request.scopes.iter().filter(|scope| scope.decision.is_none()).peekable();
    open.peek().is_some() && open.all(|scope| scope.first_approval.is_some_and(|first| first.by == reviewer))
}
