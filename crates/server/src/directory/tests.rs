use gatehouse_core::id::ApplicationId;
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_store::db::Db;
use gatehouse_store::testing::each_engine;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::*;
use crate::actions::{apis, applications, entitlements, organizations, servers as server_actions};
use crate::testing::{actor, context};

fn input<T: DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// An application that may have the scope of one API.
struct World {
    ctx: Context,
    directory: Directory,
    application: ApplicationId,
    client_id: String,
}

impl World {
    async fn new(db: &Db) -> Self {
        let (ctx, _) = context(db);
        let server = json!({"id": "default", "name": "D", "audience": "api://default"});
        server_actions::create(&ctx, &actor(), input(server)).await.unwrap();
        let document: serde_json::Value = serde_json::from_str(crate::results::OPENAPI).unwrap();
        let api = json!({"document": document, "audience": "api://a", "slug": "a", "state": "published"});
        apis::create(&ctx, &actor(), input(api)).await.unwrap();
        let organization =
            organizations::create(&ctx, &actor(), input(json!({"name": "Organization"}))).await.unwrap().id;
        let new = json!({"organization_id": organization, "name": "Service", "type": "service"});
        let application = applications::create(&ctx, &actor(), input(new)).await.unwrap();
        entitlements::grant(&ctx, &actor(), application.id, input(json!({"api": "a"}))).await.unwrap();
        let addresses = Addresses { issuer_url: "https://a.example".into(), portal_url: "https://a.example".into() };
        let directory = Directory::load(&ctx, addresses).await.unwrap();
        Self { ctx, directory, application: application.id, client_id: application.client_id }
    }

    async fn read(&self, seen: &Seen) -> Arc<Client> {
        Arc::new(clients::read(&self.ctx, &self.client_id, &seen.servers).await.unwrap().unwrap())
    }

    async fn scopes(&self) -> usize {
        let client = self.directory.client(&self.ctx, &self.client_id).await.unwrap().unwrap();
        client.grantable("default", GrantType::ClientCredentials).len()
    }

    async fn retire_the_api(&self) {
        let api = apis::get_by_slug(&self.ctx, "a").await.unwrap();
        apis::edit(&self.ctx, &actor(), api.id, input(json!({"state": "retired"}))).await.unwrap();
    }

    /// What [`watch::poll`] does first.
    async fn move_to_head(&self) {
        self.directory.move_to(self.ctx.db.read(changes::head).await.unwrap());
    }
}

/// The number has moved already when the application is read, and the catalogue is put in place before it is kept.
#[tokio::test]
async fn an_application_read_while_the_catalogue_changes_is_not_kept() {
    each_engine(async |db: &Db| {
        let world = World::new(db).await;
        assert!(world.scopes().await > 0);
        world.directory.forget_client(&world.client_id);
        world.retire_the_api().await;
        world.move_to_head().await;
        let seen = world.directory.seen();
        let stale = world.read(&seen).await;
        world.directory.reload_servers(&world.ctx).await.unwrap();
        world.directory.keep(&stale, &seen);
        assert_eq!(world.scopes().await, 0);
    })
    .await;
}

/// The change is taken in, and the application dropped, between the reading and the keeping.
#[tokio::test]
async fn an_application_read_while_it_changes_is_not_kept() {
    each_engine(async |db: &Db| {
        let world = World::new(db).await;
        let seen = world.directory.seen();
        let stale = world.read(&seen).await;
        applications::suspend(&world.ctx, &actor(), world.application).await.unwrap();
        world.move_to_head().await;
        world.directory.forget_client(&world.client_id);
        world.directory.keep(&stale, &seen);
        assert_eq!(world.directory.client_count(), 0);
        let seen = world.directory.seen();
        world.directory.keep(&world.read(&seen).await, &seen);
        assert_eq!(world.directory.client_count(), 1, "one that is up to date is kept");
    })
    .await;
}

/// Of a client id that nobody has.
async fn reads(world: &World) -> u64 {
    let before = world.ctx.db.statements().reads;
    assert!(world.directory.client(&world.ctx, "nobody").await.unwrap().is_none());
    world.ctx.db.statements().reads - before
}

#[tokio::test]
async fn an_unknown_client_id_is_read_once_until_something_changes() {
    each_engine(async |db: &Db| {
        let world = World::new(db).await;
        assert_eq!((reads(&world).await, reads(&world).await), (1, 0));
        world.directory.forget_client("nobody");
        assert_eq!((reads(&world).await, reads(&world).await), (1, 0));
        world.directory.reload_servers(&world.ctx).await.unwrap();
        assert_eq!((reads(&world).await, reads(&world).await), (1, 0));
    })
    .await;
}

/// The application is made, and its id dropped, between the reading and the keeping.
#[tokio::test]
async fn an_unknown_client_id_read_while_something_changes_is_not_kept() {
    each_engine(async |db: &Db| {
        let world = World::new(db).await;
        let seen = world.directory.seen();
        applications::suspend(&world.ctx, &actor(), world.application).await.unwrap();
        world.move_to_head().await;
        world.directory.forget_client("nobody");
        world.directory.keep_unknown("nobody", &seen);
        assert_eq!(reads(&world).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_unknown_client_ids_stays_within_its_bound() {
    let db = gatehouse_store::testing::TestDb::sqlite().await;
    let world = World::new(&db.db).await;
    let seen = world.directory.seen();
    for number in 0..20 * MOST_REFUSED {
        world.directory.keep_unknown(&format!("unknown{number}"), &seen);
    }
    assert!((1..=MOST_REFUSED).contains(&world.directory.unknown_count()), "{}", world.directory.unknown_count());
    assert_eq!(world.directory.client_count(), 0);
}
