//! `grant_type=authorization_code`: what it gives, and every way to get it by a trick (`security.md` B).

use std::time::Duration;

use gatehouse_core::oauth::grant::Grant;
use gatehouse_server::actions::entitlements::{self, ScopeChange, Transition};
use gatehouse_server::actions::{applications, sessions, users};
use serde_json::json;
use tokio::task::JoinSet;

use crate::oauth::brought_about;
use crate::oauth::token::claims::{access_token, id_token};
use crate::support::customer::{CHALLENGE, Customer, EVERYTHING, REDIRECT_URI, VERIFIER, ask, call};
use crate::support::world::{World, input};
use crate::support::{TestApp, on_each_engine};

#[tokio::test]
async fn a_code_gives_all_three_tokens() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let answer = customer.tokens(app, EVERYTHING).await;
        let now = app.ctx().now().as_secs();
        assert_eq!((&answer["scope"], &answer["expires_in"]), (&json!(EVERYTHING), &json!(3600)));
        assert_eq!(answer["token_type"], "Bearer");
        let access = access_token(app, &answer).await;
        let user = customer.user_id.to_string();
        assert_eq!(
            (&access["sub"], &access["uid"], &access["aud"]),
            (&json!(user), &json!(user), &json!("api://results"))
        );
        assert_eq!((&access["auth_time"], &access["acr"]), (&json!(now), &json!("urn:gatehouse:acr:1fa")));
        assert!(access["gid"].as_str().is_some_and(|gid| gid.starts_with("gra_")), "{access}");
        let id = id_token(app, &answer).await;
        let expected = json!({
            "iss": format!("{}/oauth2/default", app.base), "sub": user, "aud": customer.application.client_id,
            "exp": now + 3600, "iat": now, "auth_time": now, "nonce": "n-0S6_WzA2Mj",
            "acr": "urn:gatehouse:acr:1fa", "amr": ["pwd"], "sid": id["sid"], "at_hash": id["at_hash"],
        });
        assert_eq!(id, expected);
        assert_ne!(call(app, &answer).await, 401, "the gate lets it in");
    })
    .await;
}

/// An RSA key takes a while: a job makes it within a minute.
#[tokio::test]
async fn a_code_waits_for_the_key_of_its_id_token() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let customer = Customer::new(&app, &world).await;
    let alg = input(json!({"id_token_signed_response_alg": "RS256"}));
    let id = customer.application.id;
    applications::change(app.ctx(), &TestApp::actor(), id, alg).await.expect("another algorithm");
    app.poll_changes_now().await;
    let code = customer.allow(&app, "openid").await;
    let (status, answer) = customer.redeem(&app, &code).await;
    assert_eq!((status, &answer["error"]), (503, &json!("temporarily_unavailable")), "{answer}");
    app.run_jobs_now().await;
    app.poll_changes_now().await;
    let (status, answer) = customer.redeem(&app, &code).await;
    assert_eq!((status, answer["id_token"].is_string()), (200, true), "nothing was used up: {answer}");
}

#[tokio::test]
async fn only_what_was_allowed_comes() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let plain = customer.tokens(app, "public_api.read").await;
        assert!(plain.get("id_token").is_none() && plain.get("refresh_token").is_none(), "{plain}");
        let openid = customer.tokens(app, "openid").await;
        assert!(openid.get("refresh_token").is_none(), "{openid}");
        assert_eq!(access_token(app, &openid).await["aud"], "api://default", "of no API");
    })
    .await;
}

/// Each request differs in one thing from the good one, is refused, and uses nothing up.
#[tokio::test]
async fn a_code_is_bound_to_everything() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let stranger = Customer::web(app, &world).await;
        let code = customer.allow(app, EVERYTHING).await;
        let good = [("code", code.expose()), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)];
        let changed = |name: &str, value: Option<&'static str>| -> Vec<(&str, &str)> {
            good.iter()
                .filter_map(|&(own, old)| if own == name { value.map(|value| (own, value)) } else { Some((own, old)) })
                .collect()
        };
        for (name, form) in [
            ("no verifier", changed("code_verifier", None)),
            ("another verifier", changed("code_verifier", Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX"))),
            ("the challenge itself", changed("code_verifier", Some(CHALLENGE))),
            ("another redirect URI", changed("redirect_uri", Some("https://app.example.com/cb/"))),
            ("a code that never was", changed("code", Some("gh_co_0000000000000000000000000000000000000000000000000"))),
        ] {
            let (status, answer) = ask(app, &customer.application, "authorization_code", &form).await;
            assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{name}: {answer}");
        }
        let (status, answer) = ask(app, &stranger, "authorization_code", &good).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "another client: {answer}");
        let refresh = [("refresh_token", code.expose())];
        let (status, answer) = ask(app, &customer.application, "refresh_token", &refresh).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "another type: {answer}");
        let (status, answer) = ask(app, &customer.application, "authorization_code", &[]).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")), "{answer}");
        assert_eq!(customer.redeem(app, &code).await.0, 200, "nothing of it was used up");
    })
    .await;
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let app = TestApp::sqlite().await;
    let world = World::new(&app).await;
    let customer = Customer::new(&app, &world).await;
    let grant = customer.grant(&app, "openid");
    let code = customer.code(&app, &grant, None).await;
    let (status, answer) = customer.redeem(&app, &code).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    let form = [("code", code.expose()), ("redirect_uri", REDIRECT_URI)];
    let (status, _) = ask(&app, &customer.application, "authorization_code", &form).await;
    assert_eq!(status, 200);
    app.stop().await;
}

#[tokio::test]
async fn a_code_ends_with_what_it_stands_on() {
    type Take = for<'a> fn(&'a TestApp, &'a Customer) -> futures_util::future::BoxFuture<'a, ()>;
    let cases: [(&str, Take, u16); 4] = [
        ("time", |app, _| Box::pin(async { app.advance(Duration::from_secs(60)) }), 400),
        (
            "the browser's session",
            |app, customer| {
                Box::pin(async {
                    let (user, session) = (customer.user_id, customer.session_id);
                    sessions::end(app.ctx(), &TestApp::actor(), user, session).await.expect("ended");
                })
            },
            400,
        ),
        (
            "the customer's account",
            |app, customer| {
                Box::pin(async {
                    users::disable(app.ctx(), &TestApp::actor(), customer.user_id).await.expect("disabled");
                })
            },
            400,
        ),
        (
            "the application",
            |app, customer| {
                Box::pin(async {
                    let id = customer.application.id;
                    applications::suspend(app.ctx(), &TestApp::actor(), id).await.expect("suspended");
                })
            },
            401,
        ),
    ];
    for (name, take, status) in cases {
        on_each_engine(async |app| {
            let world = World::new(app).await;
            let customer = Customer::new(app, &world).await;
            let code = customer.allow(app, EVERYTHING).await;
            take(app, &customer).await;
            app.poll_changes_now().await;
            let (got, answer) = customer.redeem(app, &code).await;
            assert_eq!(got, status, "{name}: {answer}");
        })
        .await;
    }
}

/// What the application lost meanwhile is not in the token; without anything left there is none.
#[tokio::test]
async fn a_scope_that_was_taken_away_is_left_out() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let (code, bare) =
            (customer.allow(app, "openid public_api.read").await, customer.allow(app, "public_api.read").await);
        let actor = TestApp::actor();
        let id = customer.application.id;
        let (of, all) = ((id, "results".to_owned()), ScopeChange::default());
        entitlements::change_scopes(app.ctx(), &actor, of, Transition::Revoke, all).await.expect("revoked");
        app.poll_changes_now().await;
        let (status, answer) = customer.redeem(app, &code).await;
        assert_eq!((status, &answer["scope"]), (200, &json!("openid")), "{answer}");
        let (status, answer) = customer.redeem(app, &bare).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    })
    .await;
}

/// A second use is a theft: what the first gave is taken back.
#[tokio::test]
async fn a_second_use_takes_everything_back() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let code = customer.allow(app, EVERYTHING).await;
        let (_, first) = customer.redeem(app, &code).await;
        assert_ne!(call(app, &first).await, 401);
        app.advance(Duration::from_secs(3));
        let (status, answer) = customer.redeem(app, &code).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
        assert_eq!(call(app, &first).await, 401, "the access token is dead");
        let (status, answer) = customer.refresh(app, &first["refresh_token"]).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
        assert_eq!(brought_about(app, customer.application.id).await, ["grant.code_reused"]);
        let other = customer.tokens(app, EVERYTHING).await;
        assert_ne!(call(app, &other).await, 401, "the next authorization is another one");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_redemptions_one_succeeds() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let customer = Customer::new(app, &world).await;
        let code = customer.allow(app, EVERYTHING).await;
        let request = |form: &[(&str, &str)]| {
            let request = app.request("POST", "/oauth2/default/v1/token").form(form);
            async move { request.send().await.expect("an answer").status().as_u16() }
        };
        let secret = customer.application.secret.expose();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", customer.application.client_id.as_str()),
            ("client_secret", secret),
            ("code", code.expose()),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            callers.spawn(request(&form));
        }
        let statuses = callers.join_all().await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 400)), "{statuses:?}");
    })
    .await;
}

/// A code of one server is nothing to another (`security.md` B).
#[tokio::test]
async fn a_code_is_of_one_server() {
    on_each_engine(async |app| {
        let world = World::new(app).await;
        let other = json!({"id": "other", "name": "O", "audience": "api://other"});
        gatehouse_server::actions::servers::create(app.ctx(), &TestApp::actor(), input(other)).await.expect("a server");
        let customer = Customer::new(app, &world).await;
        app.poll_changes_now().await;
        let grant = Grant { server_id: "other".parse().expect("an id"), ..customer.grant(app, "openid") };
        let code = customer.code(app, &grant, Some(CHALLENGE)).await;
        let (status, answer) = customer.redeem(app, &code).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    })
    .await;
}
