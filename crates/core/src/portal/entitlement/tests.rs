use proptest::prelude::*;

use super::*;
use crate::random::SeededRandom;

const START: Timestamp = Timestamp::from_secs(1_000_000);

fn wanted(expires_at: Option<Timestamp>) -> Grant {
    Grant { scope_id: ScopeId::new(START, &SeededRandom::new(1)), scope: "a:read".into(), expires_at }
}

fn granted(expires_at: Option<Timestamp>) -> EntitledScope {
    grant(None, wanted(expires_at), START).expect("grants")
}

#[test]
fn expiry_is_decided_on_read() {
    let end = START.plus_secs(10);
    let scope = granted(Some(end));
    assert!(scope.effective_at(START));
    assert!(!scope.effective_at(end));
    let suspended = suspend(scope.clone(), START).expect("suspends");
    assert_eq!(suspended.state_at(end), EntitledScopeState::Expired);
    assert_eq!(resume(suspended, end), Err(EntitlementError::Ended("a:read".into())));
    let settled = settle(&scope, end.plus_secs(5)).expect("expired");
    assert_eq!((settled.state, settled.ended_at), (EntitledScopeState::Expired, Some(end)));
    assert_eq!(settle(&scope, START), None);
}

#[test]
fn grants_once_and_anew_after_the_end() {
    let scope = granted(None);
    assert_eq!(grant(Some(&scope), wanted(None), START), Err(EntitlementError::AlreadyGranted("a:read".into())));
    let suspended = suspend(scope.clone(), START).expect("suspends");
    assert_eq!(grant(Some(&suspended), wanted(None), START), Err(EntitlementError::Suspended("a:read".into())));
    let revoked = revoke(scope, START).expect("revokes");
    assert!(grant(Some(&revoked), wanted(None), START).is_ok_and(|scope| scope.effective_at(START)));
    assert_eq!(grant(None, wanted(Some(START)), START), Err(EntitlementError::ExpiresInPast));
}

#[derive(Clone, Copy, Debug)]
enum Command {
    Suspend,
    Resume,
    Revoke,
    Settle,
    Wait(i64),
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Suspend),
        Just(Command::Resume),
        Just(Command::Revoke),
        Just(Command::Settle),
        (1_i64..2_000).prop_map(Command::Wait),
    ]
}

proptest! {
    #[test]
    fn any_life_keeps_the_rules(life in prop::option::of(1_i64..10_000), commands in prop::collection::vec(command(), 1..40)) {
        let mut now = START;
        let mut scope = granted(life.map(|secs| now.plus_secs(secs)));
        let mut ended = false;
        for command in commands {
            let before = scope.clone();
            let next = match command {
                Command::Suspend => suspend(scope.clone(), now).ok(),
                Command::Resume => resume(scope.clone(), now).ok(),
                Command::Revoke => revoke(scope.clone(), now).ok(),
                Command::Settle => settle(&scope, now),
                Command::Wait(secs) => {
                    now = now.plus_secs(secs);
                    None
                }
            };
            scope = next.unwrap_or(scope);
            let is_final = |state| matches!(state, EntitledScopeState::Revoked | EntitledScopeState::Expired);
            prop_assert!(!is_final(before.state) || before == scope, "a final state changed");
            ended = ended || is_final(scope.state_at(now));
            prop_assert!(!ended || !scope.effective_at(now), "an ended scope is effective again");
            let allowed = scope.state == EntitledScopeState::Active && scope.expires_at.is_none_or(|end| end > now);
            prop_assert_eq!(scope.effective_at(now), allowed);
            prop_assert_eq!(is_final(scope.state), scope.ended_at.is_some());
        }
    }
}
