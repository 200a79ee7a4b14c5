//! Who has a request.

use super::{AccessRequest, AccessRequestError, AccessRequestState, Reviewer, changed, ensure_foreign, expect};
use crate::time::Timestamp;

/// What may change hands.
const OPEN: [AccessRequestState; 3] =
    [AccessRequestState::Submitted, AccessRequestState::InReview, AccessRequestState::NeedsInformation];

/// A reviewer takes it, or hands it to another: `submitted → in_review`; the other open states stay.
pub fn assign(
    request: AccessRequest,
    reviewer: Reviewer<'_>,
    now: Timestamp,
) -> Result<AccessRequest, AccessRequestError> {
    expect(&request, &OPEN, "assigned", now)?;
    ensure_foreign(&request, reviewer)?;
    let state = match request.state {
        AccessRequestState::Submitted => AccessRequestState::InReview,
        other => other,
    };
    Ok(AccessRequest { state, assignee_id: Some(reviewer.user_id), ..changed(request, now) })
}

/// Nobody has it any more; its state stays.
pub fn unassign(request: AccessRequest, now: Timestamp) -> Result<AccessRequest, AccessRequestError> {
    expect(&request, &OPEN, "given back", now)?;
    Ok(AccessRequest { assignee_id: None, ..changed(request, now) })
}

#[cfg(test)]
mod tests {
    use super::super::tests::World;
    use super::super::{Sensitivity, withdraw};
    use super::*;

    #[test]
    fn what_is_given_back_keeps_its_state_and_its_time() {
        let world = World::new(&[Sensitivity::Normal]).in_review();
        let now = world.request.updated_at.plus_secs(1);
        let back = unassign(world.request.clone(), now).expect("it is open");
        let due = world.request.due_at;
        assert_eq!((back.assignee_id, back.state, back.due_at), (None, AccessRequestState::InReview, due));
        assert_eq!(back.version, world.request.version + 1);
        let ended = withdraw(back, now).expect("it is open");
        let refused = unassign(ended, now).map_err(|error| error.to_string());
        assert_eq!(refused.err().as_deref(), Some("the request is withdrawn: it cannot be given back now"));
    }
}
