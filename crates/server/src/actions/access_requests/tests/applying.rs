//! Asking for access in one step.

use gatehouse_core::identity::organization::MemberRole;
use gatehouse_core::identity::user::User;
use gatehouse_store::{access_request_drafts, applications as application_rows, organizations as organization_rows};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::*;
use crate::actions::ground::OWNER;
use crate::actions::organizations::{self, NewMember};
use crate::actions::users;

/// A verified developer who belongs to no organization.
async fn newcomer(ground: &Ground, email: &str) -> User {
    let input = input(json!({ "email": email, "name": "New", "email_verified": true }));
    users::create(&ground.ctx, &actor(), input).await.expect("a user")
}

fn good() -> Value {
    json!({
        "api": "a", "scopes": [SCOPES[0]], "purpose": "Reads.", "terms_accepted": true,
        "application": { "organization_name": "Acme", "name": "Dashboard", "type": "service" },
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut input = good();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    input.pointer_mut(parent).expect("is there")[name] = value;
    input
}

/// How many organizations, applications and requests there are.
async fn count(ground: &Ground) -> [usize; 3] {
    let read = async |tx: &mut Tx| {
        Ok::<_, ActionError>([
            organization_rows::list(tx, "", 1_000).await?.len(),
            application_rows::list(tx, None, "", 1_000).await?.len(),
            access_requests::list(tx, access_requests::Filter::default(), "", 1_000).await?.len(),
        ])
    };
    ground.ctx.db.read(read).await.expect("counts")
}

#[tokio::test]
async fn makes_everything_at_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let maker = newcomer(&ground, "new@example.net").await;
        let actor = user(&ground, "new@example.net").await;
        let form = access_request_drafts::DraftForm::from([("form".to_owned(), vec!["one".to_owned()])]);
        save_draft(&ground.ctx, maker.id, ground.api, form).await.unwrap();
        let mut wanted = with("/application/api_user", json!(maker.id));
        wanted["idempotency_key"] = json!("one");
        let request = apply(&ground.ctx, &actor, input(wanted)).await.unwrap().request();
        assert_eq!(request.state, AccessRequestState::Submitted);
        assert_eq!(request.terms_accepted_at, Some(ground.ctx.now()));
        let found = details(&ground.ctx, &actor, &request.reference).await.unwrap();
        assert_eq!((found.organization.as_str(), found.application.name.as_str()), ("Acme", "Dashboard"));
        assert_eq!(found.application.api_user_id, Some(maker.id));
        assert!(found.may_write, "whoever makes an organization owns it");
        assert!(drafts(&ground.ctx, maker.id).await.unwrap().is_empty(), "the draft became the request");
        for (action, times) in [
            ("organization.created", 2),
            ("application.created", 1),
            ("access_request.created", 1),
            ("access_request.submitted", 1),
        ] {
            assert_eq!(ground.audited(action).await, times, "{action}");
        }
        let again = json!({
            "api": "a", "application_id": request.application_id, "scopes": [SCOPES[0]], "purpose": "R.",
            "terms_accepted": true,
        });
        assert_eq!(code(apply(&ground.ctx, &actor, input(again.clone())).await), "request_open");
        withdraw(&ground.ctx, &actor, request.id).await.unwrap();
        let second = apply(&ground.ctx, &actor, input(again)).await.unwrap().request();
        assert_eq!(second.previous_request_id, Some(request.id));
        assert_eq!(count(&ground).await, [2, 1, 2]);
    })
    .await;
}

#[tokio::test]
async fn one_key_asks_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        newcomer(&ground, "new@example.net").await;
        let actor = user(&ground, "new@example.net").await;
        let before = count(&ground).await;
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let (ctx, actor, wanted) =
                    (ground.ctx.clone(), actor.clone(), with("/idempotency_key", json!("form-1")));
                tokio::spawn(async move { apply(&ctx, &actor, input(wanted)).await })
            })
            .collect();
        let (mut made, mut references) = (0, std::collections::BTreeSet::new());
        for task in tasks {
            let applied = task.await.unwrap().expect("one wins, the others are told which");
            made += usize::from(matches!(applied, Applied::Made(_)));
            references.insert(applied.request().reference);
        }
        assert_eq!((made, references.len()), (1, 1));
        assert_eq!(count(&ground).await, [before[0] + 1, before[1] + 1, before[2] + 1]);
        let mut other = with("/idempotency_key", json!("form-2"));
        assert_eq!(
            code(apply(&ground.ctx, &actor, input(other.clone())).await),
            "application.organization_name duplicate",
            "the first form has made one of this name"
        );
        other["application"]["organization_name"] = json!("Another");
        assert!(matches!(apply(&ground.ctx, &actor, input(other)).await, Ok(Applied::Made(_))));
    })
    .await;
}

#[tokio::test]
async fn two_forms_for_one_application_leave_one_request() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Service).await.id;
        let actor = user(&ground, OWNER).await;
        let tasks: Vec<_> = (0..20)
            .map(|at| {
                let wanted = json!({
                    "api": "a", "application_id": application, "scopes": [SCOPES[0]], "purpose": "R.",
                    "terms_accepted": true, "idempotency_key": format!("form-{at}"),
                });
                let (ctx, actor) = (ground.ctx.clone(), actor.clone());
                tokio::spawn(async move { code(apply(&ctx, &actor, input(wanted)).await) })
            })
            .collect();
        let mut codes = Vec::new();
        for task in tasks {
            codes.push(task.await.unwrap());
        }
        codes.sort();
        assert_eq!(
            (codes[0].as_str(), codes[1..].iter().all(|code| code == "request_open")),
            ("done", true),
            "{codes:?}"
        );
        assert_eq!(count(&ground).await[2], 1);
    })
    .await;
}

#[tokio::test]
async fn every_field_has_its_own_error() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        newcomer(&ground, "new@example.net").await;
        let by = user(&ground, "new@example.net").await;
        let before = count(&ground).await;
        let cases = [
            (with("/application/name", json!(" ")), "application.name required"),
            (with("/application/organization_name", json!("")), "application.organization_name required"),
            (with("/application/organization_name", Value::Null), "application.organization_id required"),
            (with("/application/organization_id", json!(ground.organization)), "application.organization_id required"),
            (with("/application/type", Value::Null), "application.type required"),
            (
                with("/application/redirect_uris", json!(["https://a.example/"])),
                "application.redirect_uris not_allowed",
            ),
            (with("/application/api_user", json!(OWNER)), "application.api_user not_eligible"),
            (with("/scopes", json!([])), "scopes required"),
            (with("/scopes", json!(["a:normal", "nothing"])), "scopes[1] unknown"),
            (with("/purpose", json!("")), "purpose required"),
            (with("/answers", json!({ "x": "y" })), "answers.x unknown"),
            (with("/terms_accepted", json!(false)), "terms_accepted required"),
            (with("/application", Value::Null), "application_id required"),
            (with("/idempotency_key", json!("")), "idempotency_key invalid"),
            (with("/api", json!("nothing")), "no API"),
        ];
        for (wanted, expected) in cases {
            assert_eq!(code(apply(&ground.ctx, &by, input(wanted.clone())).await), expected, "{wanted}");
        }
        let mut own = good();
        own["application"] = json!({ "organization_id": ground.organization, "name": "A", "type": "service" });
        let foreign = code(apply(&ground.ctx, &by, input(own.clone())).await);
        assert_eq!(foreign, "application.organization_id unknown", "other organizations are not there");
        let application = ground.application(ApplicationType::Service).await.id;
        let known = json!({
            "api": "a", "application_id": application, "scopes": [SCOPES[0]], "purpose": "R.", "terms_accepted": true,
        });
        assert_eq!(code(apply(&ground.ctx, &by, input(known.clone())).await), "application_id unknown");
        let member = NewMember { user: "new@example.net".into(), role: MemberRole::Viewer };
        organizations::add_member(&ground.ctx, &actor(), ground.organization, member).await.unwrap();
        for wanted in [own, known] {
            assert_eq!(code(apply(&ground.ctx, &by, input(wanted)).await), "not_allowed", "a viewer");
        }
        assert_eq!(count(&ground).await, [before[0], before[1] + 1, before[2]], "nothing half-made remains");
    })
    .await;
}

#[tokio::test]
async fn an_address_is_verified_first() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let new = input(json!({ "email": "new@example.net", "name": "New" }));
        users::create(&ground.ctx, &actor(), new).await.unwrap();
        let by = user(&ground, "new@example.net").await;
        assert_eq!(code(apply(&ground.ctx, &by, input(good())).await), "email_not_verified");
        let named = with("/developer", json!("new@example.net"));
        assert_eq!(code(apply(&ground.ctx, &actor(), input(named)).await), "email_not_verified");
    })
    .await;
}

#[tokio::test]
async fn what_is_granted_is_not_asked_for_again() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Service).await.id;
        let grant = input(json!({ "api": "a", "scopes": [SCOPES[0]] }));
        entitlements::grant(&ground.ctx, &actor(), application, grant).await.unwrap();
        let wanted = |scopes: &[&str]| {
            input::<Apply>(json!({
                "api": "a", "application_id": application, "scopes": scopes, "purpose": "R.", "terms_accepted": true,
            }))
        };
        let by = user(&ground, OWNER).await;
        assert_eq!(code(apply(&ground.ctx, &by, wanted(&SCOPES[..2])).await), "scopes[0] granted_already");
        assert_eq!(code(apply(&ground.ctx, &by, wanted(&SCOPES[1..2])).await), "done");
    })
    .await;
}

#[tokio::test]
async fn a_policy_declines_free_mail() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let policy = json!({ "review_policy": { "auto_approve": "everything", "decline_free_mail": true } });
        apis::edit(&ground.ctx, &actor(), ground.api, input(policy)).await.unwrap();
        newcomer(&ground, "somebody@gmail.com").await;
        let by = user(&ground, "somebody@gmail.com").await;
        let declined = apply(&ground.ctx, &by, input(good())).await.unwrap().request();
        assert_eq!(declined.state, AccessRequestState::Declined);
        assert!(declined.scopes[0].reason.as_deref().is_some_and(|why| why.contains("free mail provider")));
        assert!(effective(&ground, &declined).await.is_empty());
        assert_eq!(ground.audited("access_request.declined_by_policy").await, 1);
        organizations::verify(&ground.ctx, &actor(), declined.organization_id).await.unwrap();
        let again = json!({
            "api": "a", "application_id": declined.application_id, "scopes": [SCOPES[0]], "purpose": "R.",
            "terms_accepted": true,
        });
        let approved = apply(&ground.ctx, &by, input(again)).await.unwrap().request();
        assert_eq!(approved.state, AccessRequestState::Approved, "the operator knows who it is");
    })
    .await;
}

/// Any text, some of it hostile, some of it good.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,12}", Just("Dashboard".to_owned()), Just("a\u{202e}b".to_owned()), Just(String::new())]
}

fn any_input() -> impl Strategy<Value = Value> {
    let uris = proptest::collection::vec(prop_oneof![Just("https://a.example/cb".to_owned()), any_text()], 0..3);
    let scopes = proptest::collection::vec(prop_oneof![Just(SCOPES[0].to_owned()), any_text()], 0..3);
    let kind = prop_oneof![Just("service"), Just("web"), Just("browser"), Just("native")];
    (any_text(), any_text(), any_text(), uris, scopes, kind, any::<bool>()).prop_map(
        |(organization, name, purpose, uris, scopes, kind, terms)| {
            json!({
                "api": "a", "scopes": scopes, "purpose": purpose, "terms_accepted": terms,
                "application": {
                    "organization_name": organization, "name": name, "type": kind, "redirect_uris": uris,
                },
            })
        },
    )
}

/// Whatever is posted: everything is made, or nothing is.
#[tokio::test]
async fn nothing_half_made_remains() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        newcomer(&ground, "new@example.net").await;
        let by = user(&ground, "new@example.net").await;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for _ in 0..60 {
            let wanted = any_input().new_tree(&mut runner).expect("a value").current();
            let before = count(&ground).await;
            let result = code(apply(&ground.ctx, &by, input(wanted.clone())).await);
            let made = usize::from(result == "done");
            assert_eq!(count(&ground).await, before.map(|count| count + made), "{result}: {wanted}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_person_submits_a_draft_with_the_terms() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let draft = drafted(&ground, &SCOPES[..1]).await;
        let new = json!({ "email": "new@example.net", "name": "New" });
        users::create(&ground.ctx, &actor(), input(new)).await.unwrap();
        let member = input(json!({ "user": "new@example.net", "role": "maintainer" }));
        organizations::add_member(&ground.ctx, &actor(), draft.organization_id, member).await.unwrap();
        let [new, maintainer] = [user(&ground, "new@example.net").await, user(&ground, MAINTAINER).await];
        let agreed = Submission { terms_accepted: true };
        assert_eq!(code(submit(&ground.ctx, &new, draft.id, agreed).await), "email_not_verified");
        let silent = submit(&ground.ctx, &maintainer, draft.id, Submission::default()).await;
        assert_eq!(code(silent), "terms_accepted required");
        let submitted = submit(&ground.ctx, &maintainer, draft.id, agreed).await.unwrap();
        assert_eq!((submitted.state, submitted.version), (AccessRequestState::Submitted, draft.version + 1));
        assert_eq!(submitted.terms_accepted_at, Some(ground.ctx.now()));
        let kept = find(&ground.ctx, &actor(), &draft.id.to_string()).await.unwrap();
        assert_eq!(kept.terms_accepted_at, submitted.terms_accepted_at);
        for again in [agreed, Submission::default()] {
            assert_eq!(code(submit(&ground.ctx, &maintainer, draft.id, again).await), "request_state");
        }
    })
    .await;
}
