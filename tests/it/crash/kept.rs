//! What was acknowledged, and whether it is still so.

use serde_json::Value;

use super::load::{Done, manage, token};
use crate::support::binary::Env;
use crate::support::http;

/// Of each round: a call costs quota.
const TOKENS: usize = 5;

/// All of it, over all rounds.
#[derive(Default)]
pub(super) struct Kept {
    last: Vec<Done>,
    earlier: Vec<Done>,
}

impl Kept {
    /// The acknowledgements of a round.
    pub(super) fn add(&mut self, mut round: Vec<Done>) {
        self.earlier.append(&mut self.last);
        let mut tokens = round.iter().filter(|done| matches!(done, Done::Token(_))).count();
        round.retain(|done| {
            let is_token = matches!(done, Done::Token(_));
            tokens -= usize::from(is_token);
            // The last ones are the closest to the kill.
            !is_token || tokens < TOKENS
        });
        self.last = round;
    }

    /// Those of the last round hold.
    pub(super) async fn check(&self, env: &Env) {
        check(env, &self.last).await;
    }

    /// Those of all rounds hold, and there were enough of each kind to mean something.
    pub(super) async fn check_all(&self, env: &Env) {
        check(env, &self.earlier).await;
        let count = |kind: fn(&Done) -> bool| self.earlier.iter().filter(|done| kind(done)).count();
        assert!(count(|done| matches!(done, Done::Token(_))) >= 20, "tokens were under way");
        assert!(count(|done| matches!(done, Done::Organization(_))) >= 5, "writes were under way");
        assert!(count(|done| matches!(done, Done::SecretRevoked(_))) >= 5, "secrets were under way");
        assert!(count(|done| matches!(done, Done::Rotation(_))) >= 5, "rotations were under way");
        assert!(count(|done| matches!(done, Done::Import { .. })) >= 5, "imports were under way");
        assert!(count(|done| matches!(done, Done::ImportKilled { .. })) >= 5, "imports were cut off");
    }
}

async fn check(env: &Env, round: &[Done]) {
    let keys = http().get(env.get("TOKEN_URL").replace("/token", "/keys")).send().await.expect("an answer");
    let keys = keys.text().await.expect("text");
    let own =
        token(env, env.get("CLIENT_SECRET")).await.expect("an answer").expect("the sample application gets tokens");
    for done in round {
        match done {
            Done::Token(token) => assert_eq!(list(env, token, env.get("TEST_ID")).await.0, 200, "a token from before"),
            Done::Organization(id) => {
                let (status, answer) =
                    manage(env, "GET", &format!("/organizations/{id}"), Value::Null).await.expect("an answer");
                assert_eq!(status, 200, "{id}: {answer}");
            }
            Done::SecretRevoked(secret) => {
                assert!(token(env, secret).await.expect("an answer").is_none(), "a revoked secret lives again");
            }
            Done::Rotation(kid) => assert!(keys.contains(kid), "{kid} signed, and is not among {keys}"),
            Done::Import { test, sessions } => {
                let (status, page) = list(env, &own, test).await;
                let count = page["meta"]["pagination"]["totalCount"].as_u64();
                assert_eq!((status, count), (200, Some(*sessions)), "{page}");
            }
            Done::ImportKilled { test, sessions } => {
                let (status, page) = list(env, &own, test).await;
                let count = page["meta"]["pagination"]["totalCount"].as_u64();
                let whole_or_nothing = (status, count) == (200, Some(*sessions)) || status == 404;
                assert!(whole_or_nothing, "{status} {page}");
            }
        }
    }
}

/// The list call; status and body.
async fn list(env: &Env, token: &str, test: &str) -> (u16, Value) {
    let url = format!("{}/v2/sessionResults?testId={test}&limit=1", env.get("API_URL"));
    let answer = http().get(url).header("token", token).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}
