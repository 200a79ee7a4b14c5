//! A catalogue with the Results API, two applications, two workspaces of which they see one, and the private key of the
//! authorization server, so that a test can sign whatever it likes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse_core::id::{
    ApiId, ApiVersionId, ApplicationId, EntitlementId, ImportId, OrganizationId, RevocationId, UserId, WorkspaceId,
    uuid_v7,
};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::organization::{Member, MemberRole, Organization};
use gatehouse_core::identity::user::{Role, User, UserState};
use gatehouse_core::identity::workspace::{Workspace, WorkspaceMember, WorkspaceRole};
use gatehouse_core::jose::Algorithm;
use gatehouse_core::jose::sign::SigningKey;
use gatehouse_core::oauth::admission::OpenTo;
use gatehouse_core::oauth::authorization_server::{AuthorizationServer, Lifetimes};
use gatehouse_core::oauth::revocation::{Predicate, Revocation};
use gatehouse_core::oauth::signing_key::{KeyState, ServerKey};
use gatehouse_core::portal::api::{Api, ApiState, ApiVersion, Plan, ReviewPolicy, TokenFormat, Upstream, VersionState};
use gatehouse_core::portal::application::{Application, ApplicationState, ApplicationType, Environment, SubjectType};
use gatehouse_core::portal::entitlement::Entitlement;
use gatehouse_core::results::details::SessionDetails;
use gatehouse_core::results::import::{Record, SessionRecord, TestRecord, TestType};
use gatehouse_core::results::list::SessionStatus;
use gatehouse_core::time::Timestamp;
use gatehouse_server::gate;
use gatehouse_server::results::OPENAPI;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::results::import::{ImportError, Mode, StagedLine, apply, stage};
use gatehouse_store::testing::NOW;
use gatehouse_store::{
    api_versions, apis, applications, authorization_servers, entitlements, organization_members, organizations,
    revocations, signing_keys, users, workspace_members, workspaces,
};
use serde_json::{Value, json};

use crate::support::TestApp;

/// `aud` of the Results API's tokens.
pub(super) const AUDIENCE: &str = "https://results.example";
/// The client id with 6,000 calls a minute.
pub(super) const FAST: &str = "fastclient";
/// The client id with the plan's 10.
pub(super) const SLOW: &str = "slowclient";
/// A test of the workspace that the applications see, with two completed sessions and one that is not.
pub(super) const TEST: &str = "11111111-1111-4111-8111-111111111111";
/// A test of the other workspace, with one completed session.
pub(super) const FOREIGN_TEST: &str = "22222222-2222-4222-8222-222222222222";
/// The sessions of [`TEST`], the newest first, then the one that is not complete.
pub(super) const SESSIONS: [&str; 3] = [
    "33333333-3333-4333-8333-333333333333",
    "44444444-4444-4444-8444-444444444444",
    "55555555-5555-4555-8555-555555555555",
];
/// The session of [`FOREIGN_TEST`].
pub(super) const FOREIGN_SESSION: &str = "66666666-6666-4666-8666-666666666666";

pub(super) struct World {
    issuer: String,
    key: SigningKey,
}

/// Ids of what is inserted.
#[derive(Clone, Copy)]
struct Ids {
    user: UserId,
    organization: OrganizationId,
    workspaces: [WorkspaceId; 2],
    api: ApiId,
}

impl World {
    pub(super) async fn new(app: &TestApp) -> Self {
        let ctx = app.ctx();
        let key = SigningKey::generate(Algorithm::Es256).expect("a key");
        let ids = Ids {
            user: UserId::new(NOW, ctx.random()),
            organization: OrganizationId::new(NOW, ctx.random()),
            workspaces: [(); 2].map(|()| WorkspaceId::new(NOW, ctx.random())),
            api: ApiId::new(NOW, ctx.random()),
        };
        let version = version(ApiVersionId::new(NOW, ctx.random()), ids.api);
        let applications = [FAST, SLOW].map(|client| (application(client, ids, ctx.random()), client));
        let entitlement = entitlement(EntitlementId::new(NOW, ctx.random()), applications[0].0.id, ids.api);
        let server_key = server_key(&key);
        let done = ctx.db.write(async move |tx| {
            people(tx, ids).await?;
            authorization_servers::insert(tx, &server()).await?;
            signing_keys::insert(tx, &server_key).await?;
            apis::insert(tx, &api(ids.api)).await?;
            api_versions::insert(tx, &version).await?;
            for (application, _) in &applications {
                applications::insert(tx, application).await?;
            }
            entitlements::insert(tx, &entitlement).await.map(drop)
        });
        done.await.expect("the ground is laid");
        import(app, records(ids.workspaces)).await;
        let world = Self { issuer: format!("{}/oauth2/default", app.base), key };
        world.reload(app).await;
        world
    }

    /// What the watcher of changes does once a second.
    pub(super) async fn reload(&self, app: &TestApp) {
        gate::reload(app.ctx(), &app.base, &app.state.gate).await.expect("the gate reloads");
    }

    /// Revokes, and tells the gate.
    pub(super) async fn revoke(&self, app: &TestApp, predicate: Predicate) {
        let ctx = app.ctx();
        let revocation = Revocation::new(RevocationId::new(ctx.now(), ctx.random()), predicate, ctx.now());
        let done: Result<(), DbError> = ctx.db.write(async move |tx| revocations::insert(tx, &revocation).await).await;
        done.expect("is revoked");
        gate::reload_grants(ctx, &app.state.gate).await.expect("the gate reloads");
    }

    /// A good token of an application.
    pub(super) fn token(&self, client: &str) -> String {
        self.token_with(&json!({"client_id": client, "cid": client, "sub": client}))
    }

    /// A token of [`FAST`] with claims changed; null takes one out.
    pub(super) fn token_with(&self, changes: &Value) -> String {
        self.signed(&json!({}), changes)
    }

    /// The same with members of the header changed.
    pub(super) fn signed(&self, header: &Value, changes: &Value) -> String {
        let header = merged(json!({"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid()}), header);
        let seconds = NOW.as_secs();
        let claims = json!({
            "iss": self.issuer, "sub": FAST, "aud": AUDIENCE, "exp": seconds + 3_600, "iat": seconds, "nbf": seconds,
            "jti": uuid_v7(NOW, [7; 10]).to_string(), "client_id": FAST, "scope": "studies:read", "ver": 1,
            "cid": FAST, "scp": ["studies:read"], "gid": "sec_1",
        });
        let message = format!("{}.{}", encode(&header), encode(&merged(claims, changes)));
        let signature = self.key.sign(message.as_bytes()).expect("signs");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn merged(mut base: Value, changes: &Value) -> Value {
    let object = base.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            object.remove(name)
        } else {
            object.insert(name.clone(), value.clone())
        };
    }
    base
}

async fn people(tx: &mut Tx, ids: Ids) -> Result<(), DbError> {
    let name = || "Example".to_owned();
    let user = User {
        id: ids.user,
        email: Email::parse("api@example.com").expect("an address"),
        email_verified_at: Some(NOW),
        name: name(),
        role: Role::Developer,
        state: UserState::Active,
        time_zone: "UTC".to_owned(),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    users::insert(tx, &user, None).await?;
    let organization = Organization {
        id: ids.organization,
        name: name(),
        homepage: None,
        verified_at: None,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    organizations::insert(tx, &organization).await?;
    let member =
        Member { organization_id: ids.organization, user_id: ids.user, role: MemberRole::Owner, created_at: NOW };
    organization_members::insert(tx, &member).await?;
    for id in ids.workspaces {
        let workspace = Workspace { id, name: name(), created_at: NOW, updated_at: NOW, version: 1 };
        workspaces::insert(tx, &workspace).await?;
    }
    let (workspace_id, role) = (ids.workspaces[0], WorkspaceRole::Member);
    let member = WorkspaceMember { workspace_id, user_id: ids.user, role, created_at: NOW };
    workspace_members::insert(tx, &member).await.map(drop)
}

fn server() -> AuthorizationServer {
    AuthorizationServer {
        id: "default".parse().expect("an id"),
        name: "Default".to_owned(),
        audience: "https://server.example".to_owned(),
        access_token_signing_alg: Algorithm::Es256,
        open_to: OpenTo::All,
        lifetimes: Lifetimes::default(),
        key_rotation_interval: 86_400,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

fn server_key(key: &SigningKey) -> ServerKey {
    ServerKey {
        server_id: server().id,
        public: key.public_jwk().clone(),
        sealed: Vec::new(),
        key_encryption_key: String::new(),
        created_at: NOW,
        state: KeyState::Active { since: NOW },
    }
}

fn api(id: ApiId) -> Api {
    Api {
        id,
        slug: "results".to_owned(),
        server_id: server().id,
        name: "Results API".to_owned(),
        description: String::new(),
        audience: AUDIENCE.to_owned(),
        upstream: Some(Upstream::Results),
        token_format: TokenFormat::Jwt,
        plan: Plan::default(),
        review_policy: ReviewPolicy::default(),
        request_questions: Vec::new(),
        terms_url: None,
        state: ApiState::Published,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

fn version(id: ApiVersionId, api_id: ApiId) -> ApiVersion {
    ApiVersion {
        id,
        api_id,
        label: "v2".to_owned(),
        document: OPENAPI.to_owned(),
        state: VersionState::Published,
        sunset_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn application(client_id: &str, ids: Ids, random: &dyn gatehouse_core::random::Random) -> Application {
    Application {
        id: ApplicationId::new(NOW, random),
        organization_id: ids.organization,
        client_id: client_id.to_owned(),
        name: client_id.to_owned(),
        description: None,
        homepage: None,
        logo_url: None,
        contacts: Vec::new(),
        application_type: ApplicationType::Service,
        environment: Environment::Production,
        state: ApplicationState::Active,
        api_user_id: Some(ids.user),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        require_pkce: true,
        require_pushed_authorization_requests: false,
        token_endpoint_auth_methods: ApplicationType::Service.default_auth_methods(),
        id_token_signed_response_alg: Algorithm::Rs256,
        userinfo_signed_response_alg: None,
        subject_type: SubjectType::Public,
        sector_identifier_uri: None,
        backchannel_logout_uri: None,
        backchannel_logout_session_required: false,
        default_max_age: None,
        skip_consent: false,
        sign_in_scopes: Vec::new(),
        jwks: None,
        jwks_uri: None,
        created_at: NOW,
        updated_at: NOW,
        suspended_at: None,
        deleted_at: None,
        version: 1,
    }
}

fn entitlement(id: EntitlementId, application_id: ApplicationId, api_id: ApiId) -> Entitlement {
    let (request_id, scopes) = (None, Vec::new());
    let quota_limit = Some(6_000);
    Entitlement {
        id,
        application_id,
        api_id,
        request_id,
        quota_limit,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
        scopes,
    }
}

pub(super) fn records([own, foreign]: [WorkspaceId; 2]) -> Vec<Record> {
    let test = |id: &str, workspace_id| {
        let (test_id, title) = (id.parse().expect("a UUID"), "Checkout".to_owned());
        Record::Test(TestRecord { test_id, workspace_id, title, kind: TestType::Survey })
    };
    let session = |id: &str, test: &str, seconds, status| {
        Record::Session(Box::new(SessionRecord {
            test_id: test.parse().expect("a UUID"),
            status,
            start_time: NOW.plus_secs(seconds),
            finish_time: None,
            details: SessionDetails {
                session_id: id.parse().expect("a UUID"),
                audience_id: None,
                test_plan_id: None,
                session_participant: None,
                task_groups: Vec::new(),
                tasks: Vec::new(),
            },
        }))
    };
    vec![
        test(TEST, own),
        test(FOREIGN_TEST, foreign),
        session(SESSIONS[0], TEST, -60, SessionStatus::Complete),
        session(SESSIONS[1], TEST, -120, SessionStatus::Complete),
        session(SESSIONS[2], TEST, -30, SessionStatus::Abandoned),
        session(FOREIGN_SESSION, FOREIGN_TEST, -30, SessionStatus::Complete),
    ]
}

pub(super) async fn import(app: &TestApp, records: Vec<Record>) {
    let now: Timestamp = NOW;
    let id = ImportId::new(now, app.ctx().random());
    let lines: Vec<StagedLine> = (1..).zip(&records).map(|(line, record)| StagedLine::new(line, record)).collect();
    let count = lines.len() as u64;
    let staged: Result<(), DbError> = app.ctx().db.write(async move |tx| stage(tx, id, &lines, now).await).await;
    staged.expect("is staged");
    let applied: Result<_, ImportError> =
        app.ctx().db.write(async move |tx| apply(tx, id, count, Mode::AllOrNothing, now).await).await;
    applied.expect("is applied");
}
