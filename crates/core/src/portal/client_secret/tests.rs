use proptest::prelude::*;

use super::*;
use crate::random::SeededRandom;

const START: Timestamp = Timestamp::from_secs(1_000_000);

fn secret(seed: u64, expires_at: Option<Timestamp>) -> ClientSecret {
    let random = SeededRandom::new(seed);
    ClientSecret {
        id: ClientSecretId::new(START, &random),
        application_id: ApplicationId::new(START, &random),
        name: "first".into(),
        hash: SecretHash::of("x"),
        last_four: "abcd".into(),
        state: ClientSecretState::Active,
        created_by: "system".into(),
        created_at: START,
        expires_at,
        retires_at: None,
        ended_at: None,
        last_used_at: None,
    }
}

#[test]
fn grace_ends_on_read() {
    let retiring =
        retire(secret(1, None), &[secret(2, None)], DEFAULT_GRACE, LastSecret::Keep, START).expect("retires");
    let end = START.plus(DEFAULT_GRACE);
    assert!(retiring.usable_at(end.minus(Duration::from_micros(1))));
    assert!(!retiring.usable_at(end));
    assert_eq!(retiring.state_at(end), ClientSecretState::Revoked);
    assert_eq!(settle(&retiring, START), None);
    let settled = settle(&retiring, end.plus_secs(5)).expect("the grace is over");
    assert_eq!((settled.state, settled.ended_at), (ClientSecretState::Revoked, Some(end)));
}

#[test]
fn expiry_wins_over_a_longer_grace() {
    let expires = START.plus_secs(3600);
    let retiring = retire(secret(1, Some(expires)), &[secret(2, None)], MAX_GRACE, LastSecret::Keep, START);
    let retiring = retiring.expect("retires");
    assert_eq!(retiring.ends_at(), Some(expires));
    assert_eq!(retiring.state_at(expires), ClientSecretState::Expired);
}

#[test]
fn keeps_the_last_one() {
    let gone = secret(2, Some(START));
    let alone = [gone];
    assert_eq!(revoke(secret(1, None), &alone, LastSecret::Keep, START), Err(ClientSecretError::LastActive));
    assert_eq!(
        retire(secret(1, None), &[], DEFAULT_GRACE, LastSecret::Keep, START),
        Err(ClientSecretError::LastActive)
    );
    assert!(revoke(secret(1, None), &alone, LastSecret::End, START).is_ok());
    // The secret itself among the others does not count.
    assert_eq!(
        revoke(secret(1, None), &[secret(1, None)], LastSecret::Keep, START),
        Err(ClientSecretError::LastActive)
    );
}

#[test]
fn grace_has_bounds() {
    for grace in [Duration::ZERO, Duration::from_millis(999), MAX_GRACE + Duration::from_millis(1), Duration::MAX] {
        let result = retire(secret(1, None), &[secret(2, None)], grace, LastSecret::Keep, START);
        assert_eq!(result, Err(ClientSecretError::Grace));
    }
}

#[derive(Clone, Debug)]
enum Command {
    Create(Option<i64>),
    Retire(usize, i64),
    Revoke(usize),
    Settle(usize),
    Wait(i64),
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        prop::option::of(1_i64..400_000).prop_map(Command::Create),
        (0_usize..6, 1_i64..700_000).prop_map(|(at, grace)| Command::Retire(at, grace)),
        (0_usize..6).prop_map(Command::Revoke),
        (0_usize..6).prop_map(Command::Settle),
        (1_i64..200_000).prop_map(Command::Wait),
    ]
}

fn is_final(state: ClientSecretState) -> bool {
    matches!(state, ClientSecretState::Revoked | ClientSecretState::Expired)
}

proptest! {
    #[test]
    fn any_life_keeps_the_rules(commands in prop::collection::vec(command(), 1..60)) {
        let mut now = START;
        let mut secrets = vec![secret(0, None)];
        for (seed, command) in (1_u64..).zip(commands) {
            let before = secrets.clone();
            let at_least_one = |secrets: &[ClientSecret], now| {
                secrets.iter().any(|secret: &ClientSecret| secret.state_at(now) == ClientSecretState::Active)
            };
            let had_one = at_least_one(&secrets, now);
            match command {
                Command::Create(life) => secrets.push(secret(seed, life.map(|secs| now.plus_secs(secs)))),
                Command::Retire(at, grace) => {
                    let at = at % secrets.len();
                    let grace = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
                    if let Ok(next) = retire(secrets[at].clone(), &secrets, grace, LastSecret::Keep, now) {
                        prop_assert_eq!(secrets[at].state_at(now), ClientSecretState::Active);
                        prop_assert!(next.usable_at(now));
                        secrets[at] = next;
                    }
                }
                Command::Revoke(at) => {
                    let at = at % secrets.len();
                    if let Ok(next) = revoke(secrets[at].clone(), &secrets, LastSecret::Keep, now) {
                        prop_assert!(!next.usable_at(now));
                        secrets[at] = next;
                    }
                }
                Command::Settle(at) => {
                    let at = at % secrets.len();
                    if let Some(next) = settle(&secrets[at], now) {
                        prop_assert_eq!(next.state, secrets[at].state_at(now));
                        prop_assert!(next.ended_at.is_some_and(|end| end <= now));
                        secrets[at] = next;
                    }
                }
                Command::Wait(secs) => {
                    now = now.plus_secs(secs);
                    continue;
                }
            }
            // Without the word of somebody, no command takes the last active secret away.
            prop_assert!(!had_one || at_least_one(&secrets, now));
            for (old, new) in before.iter().zip(&secrets) {
                prop_assert!(!is_final(old.state) || old == new, "a final state changed");
                prop_assert!(!is_final(old.state_at(now)) || !new.usable_at(now), "an ended secret lives again");
                let past = [new.expires_at, new.retires_at].into_iter().flatten().any(|end| end <= now);
                prop_assert!(!past || !new.usable_at(now));
            }
        }
    }
}
