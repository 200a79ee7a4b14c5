use gatehouse_core::id::{ApiId, ScopeId, UserId};
use gatehouse_core::portal::application::{self, ApplicationType, Environment, SubjectType};
use gatehouse_core::random::SeededRandom;

use super::*;
use crate::authorization_servers::{self, tests::server};
use crate::db::Db;
use crate::testing::{NOW, each_engine};

/// What applications stand on: an organization, its developer, a reviewer of another one, an API with two scopes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground {
    pub(crate) organization: OrganizationId,
    pub(crate) developer: UserId,
    pub(crate) reviewer: UserId,
    pub(crate) api: ApiId,
    pub(crate) scopes: [ScopeId; 2],
}

pub(crate) async fn ground(db: &Db) -> Ground {
    let random = SeededRandom::new(7);
    let ground = Ground {
        organization: OrganizationId::new(NOW, &random),
        developer: UserId::new(NOW, &random),
        reviewer: UserId::new(NOW, &random),
        api: ApiId::new(NOW, &random),
        scopes: [(); 2].map(|()| ScopeId::new(NOW, &random)),
    };
    db.write(async move |tx| lay(tx, ground).await).await.expect("the ground is laid");
    ground
}

async fn lay(tx: &mut Tx, ground: Ground) -> Result<(), DbError> {
    let sql = "INSERT INTO organizations (id, name, created_at, updated_at, version) VALUES ($1, 'O', 0, 0, 1)";
    tx.execute(sql, params![ground.organization]).await?;
    for user in [ground.developer, ground.reviewer] {
        let sql = "INSERT INTO users (id, email, name, role, state, time_zone, created_at, updated_at, version) \
                   VALUES ($1, 'u@example.com', 'U', 'developer', 'active', 'UTC', 0, 0, 1)";
        tx.execute(sql, params![user]).await?;
    }
    authorization_servers::insert(tx, &server("default")).await?;
    let sql = "INSERT INTO apis (id, slug, server_id, name, description, audience, token_format, quota_limit, \
               quota_window, review_policy, request_questions, state, created_at, updated_at, version) \
               VALUES ($1, 'a', 'default', 'A', '', 'https://a', 'jwt', 1, 1, '{}', '[]', 'published', 0, 0, 1)";
    tx.execute(sql, params![ground.api]).await?;
    for (position, scope) in (0_i64..).zip(ground.scopes) {
        let sql = "INSERT INTO scopes (id, server_id, api_id, name, title, sentence, sensitivity, consent, \
                   grant_types, position, created_at, updated_at) \
                   VALUES ($1, 'default', $2, $3, 'T', 'S', 'restricted', 'required', '', $4, 0, 0)";
        tx.execute(sql, params![scope, ground.api, format!("scope:{position}"), position]).await?;
    }
    Ok(())
}

/// Every field set, so that a column that is lost is seen.
pub(crate) fn sample(ground: Ground, seed: u64) -> Application {
    let random = SeededRandom::new(seed);
    Application {
        id: ApplicationId::new(NOW, &random),
        organization_id: ground.organization,
        client_id: gatehouse_core::secret::public_id(&random),
        name: "Sample".into(),
        description: Some("two\nlines".into()),
        homepage: Some("https://example.com".into()),
        logo_url: Some("https://example.com/logo.png".into()),
        contacts: vec!["team@example.com".into()],
        application_type: ApplicationType::Web,
        environment: Environment::Sandbox,
        state: application::ApplicationState::Active,
        api_user_id: Some(ground.developer),
        redirect_uris: vec!["https://example.com/a".into(), "https://example.com/b".into()],
        post_logout_redirect_uris: vec!["https://example.com/c".into()],
        require_pkce: false,
        require_pushed_authorization_requests: true,
        token_endpoint_auth_methods: ApplicationType::Web.default_auth_methods(),
        id_token_signed_response_alg: Algorithm::EdDsa,
        userinfo_signed_response_alg: Some(Algorithm::Es256),
        subject_type: SubjectType::Pairwise,
        sector_identifier_uri: Some("https://example.com/sector".into()),
        backchannel_logout_uri: Some("https://example.com/logout".into()),
        backchannel_logout_session_required: true,
        default_max_age: Some(300),
        skip_consent: true,
        sign_in_scopes: vec![SignInScope::Openid, SignInScope::OfflineAccess],
        jwks: Some(serde_json::json!({"keys": [{"kty": "EC"}]})),
        jwks_uri: Some("https://example.com/jwks".into()),
        created_at: NOW,
        updated_at: NOW,
        suspended_at: None,
        deleted_at: None,
        version: 1,
    }
}

pub(crate) async fn insert_sample(db: &Db, ground: Ground, seed: u64) -> Application {
    let application = sample(ground, seed);
    let row = application.clone();
    db.write(async move |tx| insert(tx, &row).await).await.expect("inserted");
    application
}

#[tokio::test]
async fn comes_back_whole() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await;
        let (id, client_id) = (application.id, application.client_id.clone());
        let found =
            db.read(async move |tx| Ok::<_, DbError>((find(tx, id).await?, find_by_client_id(tx, &client_id).await?)));
        assert_eq!(found.await.unwrap(), (Some(application.clone()), Some(application)));
        let nobody = ApplicationId::new(NOW, &SeededRandom::new(99));
        assert_eq!(db.read(async move |tx| find(tx, nobody).await).await.unwrap(), None);
        assert_eq!(db.read(async move |tx| find_by_client_id(tx, "x").await).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn empty_fields_come_back_empty() {
    each_engine(async |db: &Db| {
        let application = Application {
            description: None,
            contacts: Vec::new(),
            api_user_id: None,
            userinfo_signed_response_alg: None,
            default_max_age: None,
            sign_in_scopes: Vec::new(),
            jwks: None,
            ..sample(ground(db).await, 1)
        };
        let row = application.clone();
        db.write(async move |tx| insert(tx, &row).await).await.unwrap();
        let found = db.read(async move |tx| find(tx, application.id).await).await.unwrap();
        assert_eq!(found, Some(application));
    })
    .await;
}

#[tokio::test]
async fn only_the_next_version_is_written() {
    each_engine(async |db: &Db| {
        let stored = insert_sample(db, ground(db).await, 1).await;
        let suspended = application::suspend(stored.clone(), NOW.plus_secs(1)).unwrap();
        let next = Application { name: "Other".into(), jwks: None, ..suspended };
        let row = next.clone();
        assert!(db.write(async move |tx| update(tx, &row).await).await.unwrap());
        let late = application::changed(Application { name: "Late".into(), ..stored }, NOW);
        assert!(!db.write(async move |tx| update(tx, &late).await).await.unwrap());
        let id = next.id;
        assert_eq!(db.read(async move |tx| find(tx, id).await).await.unwrap(), Some(next));
        assert!(db.write(async move |tx| lock(tx, id).await).await.unwrap());
        let nobody = ApplicationId::new(NOW, &SeededRandom::new(99));
        assert!(!db.write(async move |tx| lock(tx, nobody).await).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn lists_page_by_page_without_the_deleted() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let mut all = Vec::new();
        for seed in 1..=4 {
            all.push(insert_sample(db, ground, seed).await);
        }
        all.sort_by_key(|application| application.id);
        let gone = application::delete(all.remove(1), NOW).unwrap();
        db.write(async move |tx| update(tx, &gone).await).await.unwrap();
        let organization = Some(ground.organization);
        let first = db.read(async move |tx| list(tx, organization, "", 2).await).await.unwrap();
        assert_eq!(first, all[..2]);
        let after = first[1].id.to_string();
        let rest = db.read(async move |tx| list(tx, None, &after, 10).await).await.unwrap();
        assert_eq!(rest, all[2..]);
        let other = Some(OrganizationId::new(NOW, &SeededRandom::new(99)));
        assert_eq!(db.read(async move |tx| list(tx, other, "", 10).await).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_record_has_everything() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await;
        let secret = client_secrets::tests::sample(application.id, 1);
        let entitlement = entitlements::tests::sample(ground, application.id, 1);
        let rows = (secret.clone(), entitlement.clone());
        db.write(async move |tx| {
            client_secrets::insert(tx, &rows.0).await?;
            entitlements::insert(tx, &rows.1).await
        })
        .await
        .unwrap();
        let before = db.statements().reads;
        let client_id = application.client_id.clone();
        let found = db.read(async move |tx| record_by_client_id(tx, &client_id).await).await.unwrap();
        assert!(db.statements().reads - before <= 3);
        assert_eq!(
            found,
            Some(ApplicationRecord { application, secrets: vec![secret], entitlements: vec![entitlement] })
        );
        assert_eq!(db.read(async move |tx| record_by_client_id(tx, "x").await).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn algorithms_are_those_that_are_chosen() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let first = insert_sample(db, ground, 1).await;
        let (id, own) = (first.id, [Some(first.id_token_signed_response_alg), first.userinfo_signed_response_alg]);
        let write = async move |tx: &mut Tx| {
            let mut expected: Vec<Algorithm> = own.into_iter().flatten().collect();
            expected.sort_by_key(|alg| alg.as_str());
            expected.dedup();
            assert_eq!(signing_algorithms(tx).await?, expected);
            tx.execute("UPDATE applications SET state = 'deleted' WHERE id = $1", params![id]).await?;
            assert_eq!(signing_algorithms(tx).await?, []);
            Ok::<_, DbError>(())
        };
        db.write(write).await.expect("written");
    })
    .await;
}

#[tokio::test]
async fn redirect_uris_of_what_runs_in_browsers() {
    each_engine(async |db: &Db| {
        let ground = ground(db).await;
        let application = insert_sample(db, ground, 1).await;
        let (id, uris) = (application.id, application.redirect_uris);
        let write = async move |tx: &mut Tx| {
            for (column, value, expected) in [
                ("type", "web", &[][..]),
                ("type", "browser", &uris[..]),
                ("state", "suspended", &[]),
                ("state", "active", &uris[..]),
                ("state", "deleted", &[]),
            ] {
                let sql = format!("UPDATE applications SET {column} = $2 WHERE id = $1");
                tx.execute(&sql, params![id, value]).await?;
                assert_eq!(browser_redirect_uris(tx).await?, expected, "{value}");
            }
            Ok::<_, DbError>(())
        };
        db.write(write).await.expect("written");
    })
    .await;
}
