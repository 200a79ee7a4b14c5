use std::time::Duration;

use gatehouse_core::portal::access_request::{AccessRequestState, MessageKind};
use gatehouse_core::portal::application::ApplicationType;
use gatehouse_store::db::Db;
use gatehouse_store::testing::each_engine;
use serde_json::{Value, json};

use super::*;
use crate::actions::ground::{Ground, MAINTAINER, OWN_REVIEWER, REVIEWER, SCOPES, SECOND_REVIEWER, code};
use crate::actions::{apis, applications, entitlements};
use crate::testing::actor;

mod applying;
mod reviewing;
mod told;

fn input<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an input")
}

async fn drafted(ground: &Ground, scopes: &[&str]) -> AccessRequest {
    let application = ground.application(ApplicationType::Service).await.id;
    let new = json!({
        "application_id": application, "api": "a", "scopes": scopes, "purpose": "Reads.", "developer": MAINTAINER,
    });
    create(&ground.ctx, &actor(), input(new)).await.expect("a draft")
}

/// Acts as a signed-in user.
async fn user(ground: &Ground, email: &str) -> Actor {
    let id = crate::actions::users::get_by_ref(&ground.ctx, email).await.expect("a user").id;
    Actor { kind: ActorKind::User(id), request_id: None, address: None }
}

async fn in_review(ground: &Ground, scopes: &[&str]) -> AccessRequest {
    let id = drafted(ground, scopes).await.id;
    submit(&ground.ctx, &actor(), id, Submission::default()).await.expect("submitted");
    assign(&ground.ctx, &actor(), id, input(json!({ "reviewer": REVIEWER }))).await.expect("assigned")
}

async fn decide_by(
    ground: &Ground,
    id: AccessRequestId,
    reviewer: &str,
    verdicts: &[(&str, &str)],
) -> Result<AccessRequest, ActionError> {
    let scopes: Vec<_> = verdicts
        .iter()
        .map(|(scope, decision)| match *decision {
            "declined" => json!({ "scope": scope, "decision": decision, "reason": "Too much." }),
            _ => json!({ "scope": scope, "decision": decision }),
        })
        .collect();
    decide(&ground.ctx, &actor(), id, input(json!({ "reviewer": reviewer, "scopes": scopes }))).await
}

async fn effective(ground: &Ground, request: &AccessRequest) -> Vec<String> {
    let found = entitlements::list(&ground.ctx, &actor(), request.application_id).await.expect("entitlements");
    found.iter().flat_map(|one| one.effective_scopes(ground.ctx.now())).map(str::to_owned).collect()
}

#[tokio::test]
async fn an_approval_grants() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let request = in_review(&ground, &SCOPES).await;
        let all = [(SCOPES[0], "approved"), (SCOPES[1], "declined"), (SCOPES[2], "approved")];
        let once = decide_by(&ground, request.id, REVIEWER, &all).await.unwrap();
        assert_eq!(once.state, AccessRequestState::InReview, "the restricted scope waits for a second approver");
        assert!(effective(&ground, &request).await.is_empty(), "nothing before the whole is decided");
        let same = decide_by(&ground, request.id, REVIEWER, &all[2..]).await;
        assert_eq!(code(same), "second_approver_needed");
        let twice = decide_by(&ground, request.id, SECOND_REVIEWER, &all[2..]).await.unwrap();
        assert_eq!(twice.state, AccessRequestState::PartlyApproved);
        assert_eq!(effective(&ground, &request).await, [SCOPES[0], SCOPES[2]]);
        assert_eq!(code(decide_by(&ground, request.id, REVIEWER, &all).await), "request_state");
        assert_eq!(code(withdraw(&ground.ctx, &actor(), request.id).await), "request_state");
        assert_eq!(find(&ground.ctx, &actor(), &request.reference).await.unwrap(), twice);
        let told = (ground.audited("access_request.decided").await, ground.audited("entitlement.granted").await);
        assert_eq!(told, (2, 1));
    })
    .await;
}

#[tokio::test]
async fn an_approval_grants_what_is_asked_of_people() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let ask = async |kind, of_people: &[&str]| {
            let application = ground.application(kind).await.id;
            let new = json!({
                "application_id": application, "api": "a", "scopes": &SCOPES[..2], "sign_in_scopes": of_people,
                "purpose": "Reads.", "developer": MAINTAINER,
            });
            create(ctx, &actor(), input(new)).await
        };
        let of_people = async |request: &AccessRequest| {
            let application = applications::find(ctx, &actor(), request.application_id).await.unwrap();
            application.sign_in_scopes.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(code(ask(ApplicationType::Service, &["openid"]).await), "sign_in_scopes not_for_services");
        let lonely = ask(ApplicationType::Web, &["email", "offline_access"]).await;
        assert_eq!(code(lonely), "sign_in_scopes openid_missing", "nobody could approve it");
        assert!(ask(ApplicationType::Web, &["offline_access"]).await.is_ok());
        for (verdicts, granted) in [
            ([(SCOPES[0], "declined"), (SCOPES[1], "declined")], vec![]),
            ([(SCOPES[0], "declined"), (SCOPES[1], "approved")], vec!["openid", "email"]),
        ] {
            let request = ask(ApplicationType::Web, &["email", "openid", "email"]).await.unwrap();
            submit(ctx, &actor(), request.id, Submission::default()).await.unwrap();
            assert!(of_people(&request).await.is_empty(), "nothing before it is decided");
            decide_by(&ground, request.id, REVIEWER, &verdicts).await.unwrap();
            assert_eq!(of_people(&request).await, granted);
        }
        assert_eq!(ground.audited("application.sign_in_scopes_granted").await, 1);
    })
    .await;
}

#[tokio::test]
async fn questions_and_answers() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let request = in_review(&ground, &SCOPES[..1]).await;
        let (ctx, id) = (&ground.ctx, request.id);
        let question = input(json!({ "reviewer": REVIEWER, "text": "Why?" }));
        let asked = ask(ctx, &actor(), id, question).await.unwrap();
        assert_eq!(asked.state, AccessRequestState::NeedsInformation);
        ground.clock.advance(Duration::from_secs(3 * 86_400));
        let by = |developer: &str| input::<NewAnswer>(json!({ "developer": developer, "text": "Because." }));
        assert_eq!(code(answer(ctx, &actor(), id, by(REVIEWER)).await), "developer not_eligible");
        let answered = answer(ctx, &actor(), id, by(MAINTAINER)).await.unwrap();
        assert!(answered.due_at > asked.due_at);
        let kinds: Vec<_> = thread(ctx, &actor(), id).await.unwrap().into_iter().map(|message| message.kind).collect();
        assert_eq!(kinds, [MessageKind::Question, MessageKind::Answer]);
        let question = input(json!({ "reviewer": REVIEWER, "text": "And?" }));
        ask(ctx, &actor(), id, question).await.unwrap();
        assert_eq!(expire(ctx).await.unwrap(), 0);
        ground.clock.advance(Duration::from_secs(30 * 86_400));
        assert_eq!(code(answer(ctx, &actor(), id, by(MAINTAINER)).await), "request_state");
        assert_eq!(expire(ctx).await.unwrap(), 1);
        assert_eq!(find(ctx, &actor(), &id.to_string()).await.unwrap().state, AccessRequestState::Expired);
    })
    .await;
}

#[tokio::test]
async fn refuses_who_may_not() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let request = in_review(&ground, &SCOPES[..1]).await;
        let approve = [(SCOPES[0], "approved")];
        assert_eq!(code(decide_by(&ground, request.id, OWN_REVIEWER, &approve).await), "own_organization");
        assert_eq!(code(decide_by(&ground, request.id, MAINTAINER, &approve).await), "reviewer not_eligible");
        assert_eq!(code(decide_by(&ground, request.id, "no@example.com", &approve).await), "reviewer unknown");
        assert_eq!(
            code(decide_by(&ground, request.id, REVIEWER, &[("x", "approved")]).await),
            "scopes[0].scope unknown"
        );
        let nobody: Decision = input(json!({ "scopes": [{ "scope": SCOPES[0], "decision": "approved" }] }));
        assert_eq!(code(decide(&ground.ctx, &actor(), request.id, nobody).await), "reviewer required");
        let silent = json!({ "reviewer": REVIEWER, "scopes": [{ "scope": SCOPES[0], "decision": "declined" }] });
        let silent = decide(&ground.ctx, &actor(), request.id, input(silent)).await;
        assert_eq!(code(silent), "scopes[0].reason required");
        assert!(effective(&ground, &request).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_open_request_and_a_link_to_the_last() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let first = drafted(&ground, &SCOPES[..1]).await;
        let again = |purpose: &str| {
            input::<NewRequest>(json!({
                "application_id": first.application_id, "api": "a", "scopes": [SCOPES[0]], "purpose": purpose,
                "developer": MAINTAINER,
            }))
        };
        assert_eq!(code(create(&ground.ctx, &actor(), again("Reads.")).await), "request_open");
        withdraw(&ground.ctx, &actor(), first.id).await.unwrap();
        assert_eq!(code(create(&ground.ctx, &actor(), again(" ")).await), "purpose required");
        let second = create(&ground.ctx, &actor(), again("Reads.")).await.unwrap();
        assert_eq!(second.previous_request_id, Some(first.id));
        applications::delete(&ground.ctx, &actor(), first.application_id).await.unwrap();
        let filter = Filter { application: Some(first.application_id), limit: 10, ..Filter::default() };
        let all = list(&ground.ctx, filter).await.unwrap();
        assert!(all.iter().all(|request| request.state == AccessRequestState::Withdrawn), "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn a_policy_grants_at_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let policy = json!({ "review_policy": { "auto_approve": "normal_scopes" } });
        apis::edit(&ground.ctx, &actor(), ground.api, input(policy)).await.unwrap();
        let request = drafted(&ground, &SCOPES[..1]).await;
        let submitted = submit(&ground.ctx, &actor(), request.id, Submission::default()).await.unwrap();
        assert_eq!(submitted.state, AccessRequestState::Approved);
        assert_eq!(effective(&ground, &request).await, [SCOPES[0]]);
        let request = drafted(&ground, &SCOPES[..2]).await;
        let submitted = submit(&ground.ctx, &actor(), request.id, Submission::default()).await.unwrap();
        assert_eq!(submitted.state, AccessRequestState::Submitted, "a person decides on the other scope");
        assert!(effective(&ground, &request).await.is_empty());
        assign(&ground.ctx, &actor(), request.id, input(json!({ "reviewer": REVIEWER }))).await.unwrap();
        decide_by(&ground, request.id, REVIEWER, &[(SCOPES[1], "declined")]).await.unwrap();
        assert_eq!(effective(&ground, &request).await, [SCOPES[0]]);
    })
    .await;
}
