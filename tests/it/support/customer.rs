//! A customer who let an application do something in their name, as the authorization endpoint writes it: grant and
//! code, to be exchanged over HTTP.

use gatehouse_core::id::{GrantId, SessionId, UserId};
use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_core::oauth::code::Code;
use gatehouse_core::oauth::grant::{Authentication, Grant, expires_at};
use gatehouse_core::secret::{Secret, SecretKind, mint};
use gatehouse_server::actions::{applications, client_secrets, entitlements, sessions, users};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{codes, grants, session_applications};
use serde_json::{Value, json};

use super::TestApp;
use super::world::{Client, World, input};

/// Where codes go.
pub(crate) const REDIRECT_URI: &str = "https://app.example.com/cb";
/// RFC 7636 Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Of [`VERIFIER`].
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What a customer lets an application do who is asked for everything.
pub(crate) const EVERYTHING: &str = "openid profile email offline_access public_api.read";

/// A customer, signed in, and a web application.
pub(crate) struct Customer {
    pub(crate) application: Client,
    pub(crate) user_id: UserId,
    pub(crate) session_id: SessionId,
}

impl Customer {
    /// Beside a [`World`]: an application of the same organization, entitled to both scopes of the Results API.
    pub(crate) async fn new(app: &TestApp, world: &World) -> Self {
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let customer = json!({"email": "customer@example.com", "name": "Cora", "email_verified": true});
        let user_id = users::create(ctx, &actor, input(customer)).await.expect("a user").id;
        let application = Self::web(app, world).await;
        let signed_in = (vec![AuthenticationMethod::Password], Device::default());
        let session_id = sessions::open(ctx, &actor, user_id, signed_in).await.expect("a session").session.id;
        Self { application, user_id, session_id }
    }

    /// One more application of the kind.
    pub(crate) async fn web(app: &TestApp, world: &World) -> Client {
        Self::web_in("production", app, world).await
    }

    /// One that may have addresses on this machine.
    pub(crate) async fn web_in(environment: &str, app: &TestApp, world: &World) -> Client {
        let (ctx, actor) = (app.ctx(), TestApp::actor());
        let of = applications::find(ctx, &actor, world.service.id).await.expect("an application").organization_id;
        let new = json!({
            "organization_id": of, "name": "Web", "type": "web", "redirect_uris": [REDIRECT_URI],
            "environment": environment,
            "protocol": {"sign_in_scopes": ["openid", "profile", "email", "offline_access"]},
        });
        let made = applications::create(ctx, &actor, input(new)).await.expect("an application");
        // The key is there already; an RSA key takes a while.
        let alg = input(json!({"id_token_signed_response_alg": "ES256"}));
        applications::change(ctx, &actor, made.id, alg).await.expect("another algorithm");
        entitlements::grant(ctx, &actor, made.id, input(json!({"api": "results"}))).await.expect("an entitlement");
        let secret = client_secrets::create(ctx, &actor, made.id, input(json!({}))).await.expect("a secret");
        app.poll_changes_now().await;
        Client { id: made.id, client_id: made.client_id, secret_id: secret.secret.id, secret: secret.text }
    }

    /// Lets the application do something; gives the code.
    pub(crate) async fn allow(&self, app: &TestApp, scope: &str) -> Secret {
        let grant = self.grant(app, scope);
        self.code(app, &grant, Some(CHALLENGE)).await
    }

    /// An authorization as the endpoint makes it.
    pub(crate) fn grant(&self, app: &TestApp, scope: &str) -> Grant {
        let now = app.ctx().now();
        let scopes: Vec<String> = scope.split(' ').map(str::to_owned).collect();
        let server = app.state.directory.server("default").expect("the server");
        Grant {
            id: GrantId::new(now, app.ctx().random()),
            server_id: "default".parse().expect("an id"),
            application_id: self.application.id,
            user_id: self.user_id,
            session_id: Some(self.session_id),
            expires_at: expires_at(&server.lifetimes, &scopes, now),
            scopes,
            resources: Vec::new(),
            nonce: Some("n-0S6_WzA2Mj".into()),
            claims: None,
            authentication: Authentication { at: now, amr: vec![AuthenticationMethod::Password] },
            created_at: now,
            last_used_at: now,
            ended_at: None,
        }
    }

    /// Stores it with a code.
    pub(crate) async fn code(&self, app: &TestApp, grant: &Grant, challenge: Option<&str>) -> Secret {
        let value = mint("gh", SecretKind::Code, app.ctx().random());
        let code = Code {
            grant_id: grant.id,
            redirect_uri: REDIRECT_URI.into(),
            redirect_uri_sent: true,
            code_challenge: challenge.map(str::to_owned),
            created_at: grant.created_at,
            expires_at: grant.created_at.plus_secs(60),
            used_at: None,
        };
        let (grant, hash) = (grant.clone(), value.hash());
        let write = async move |tx: &mut Tx| {
            grants::insert(tx, &grant).await?;
            session_applications::add(tx, &grant).await?;
            codes::insert(tx, &code, hash).await
        };
        let written: Result<(), DbError> = app.ctx().db.write(write).await;
        written.expect("grant and code are stored");
        value
    }

    /// Exchanges a code as its application does.
    pub(crate) async fn redeem(&self, app: &TestApp, code: &Secret) -> (u16, Value) {
        let body = [("code", code.expose()), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)];
        ask(app, &self.application, "authorization_code", &body).await
    }

    /// Everything that is given for a code of these scopes.
    pub(crate) async fn tokens(&self, app: &TestApp, scope: &str) -> Value {
        let code = self.allow(app, scope).await;
        let (status, answer) = self.redeem(app, &code).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Exchanges a refresh token as its application does.
    pub(crate) async fn refresh(&self, app: &TestApp, token: &Value) -> (u16, Value) {
        let token = token.as_str().expect("a refresh token");
        ask(app, &self.application, "refresh_token", &[("refresh_token", token)]).await
    }
}

/// A token request of a client with its secret in the body; status and answer.
pub(crate) async fn ask(app: &TestApp, by: &Client, grant_type: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let secret = by.secret.expose();
    let mut form = vec![("grant_type", grant_type), ("client_id", by.client_id.as_str()), ("client_secret", secret)];
    form.extend_from_slice(more);
    let answer = app.request("POST", "/oauth2/default/v1/token").form(&form).send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

/// Status of a call at the gate with the access token of a token answer.
pub(crate) async fn call(app: &TestApp, answer: &Value) -> u16 {
    let token = answer["access_token"].as_str().expect("an access token");
    let request = app.request("GET", "/v2/sessionResults?testId=1").header("token", token);
    request.send().await.expect("an answer").status().as_u16()
}
