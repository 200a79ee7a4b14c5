use std::time::Duration;

use gatehouse_core::portal::application::ApplicationType;
use gatehouse_store::db::Db;
use gatehouse_store::testing::{NOW, each_engine};
use serde_json::json;

use super::*;
use crate::actions::ground::{Ground, MAINTAINER, OWNER, REVIEWER, code};
use crate::testing::actor;

fn change_of(value: serde_json::Value) -> ApplicationChange {
    serde_json::from_value(value).expect("an input")
}

#[tokio::test]
async fn creates_and_changes() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let made = ground.application(ApplicationType::Web).await;
        assert_eq!(made.client_id.len(), 20);
        let input =
            json!({ "name": " New ", "description": "", "homepage": "https://example.com", "contacts": [OWNER] });
        let changed = change(ctx, &actor(), made.id, change_of(input.clone())).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.description.as_deref(), changed.version), ("New", None, 2));
        let same = change(ctx, &actor(), made.id, change_of(input)).await.unwrap();
        assert_eq!(same.version, 2, "nothing changed");
        let emptied = change(ctx, &actor(), made.id, change_of(json!({ "homepage": null }))).await.unwrap();
        assert_eq!(emptied.homepage, None);
        assert_eq!(find(ctx, &actor(), made.id).await.unwrap(), emptied);
        let filter = Filter { organization: Some(ground.organization), limit: 10, ..Filter::default() };
        assert_eq!(list(ctx, filter).await.unwrap(), [emptied]);
        let told = (ground.audited("application.created").await, ground.audited("application.changed").await);
        assert_eq!(told, (1, 2));
    })
    .await;
}

#[tokio::test]
async fn names_what_is_wrong() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let mut input = ground.input(ApplicationType::Web);
        input.name = String::new();
        input.redirect_uris = vec!["http://example.com/cb".into(), "https://example.com/*".into()];
        let refused = code(create(ctx, &actor(), input).await);
        assert_eq!(refused, "name required, redirect_uris[0] plain_http, redirect_uris[1] wildcard");
        let mut input = ground.input(ApplicationType::Service);
        input.organization_id = gatehouse_core::id::OrganizationId::new(NOW, ctx.random());
        assert_eq!(code(create(ctx, &actor(), input).await), "organization_id unknown");
        let made = ground.application(ApplicationType::Browser).await;
        let refused = change(ctx, &actor(), made.id, change_of(json!({ "require_pkce": false }))).await;
        assert_eq!(code(refused), "require_pkce not_allowed");
        assert!(serde_json::from_value::<ApplicationChange>(json!({ "client_id": "x" })).is_err());
    })
    .await;
}

#[tokio::test]
async fn the_api_user_is_a_verified_member() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let made = ground.application(ApplicationType::Service).await;
        let set = async |user: Option<&str>| set_api_user(ctx, &actor(), made.id, user.map(str::to_owned)).await;
        assert!(set(Some(MAINTAINER)).await.unwrap().api_user_id.is_some());
        for nobody in [REVIEWER, "nobody@example.com"] {
            assert_eq!(code(set(Some(nobody)).await), "api_user not_eligible");
        }
        assert_eq!(code(set(Some("x")).await), "api_user invalid");
        assert_eq!(set(None).await.unwrap().api_user_id, None);
    })
    .await;
}

#[tokio::test]
async fn suspension_kills_tokens_until_it_ends() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let id = ground.application(ApplicationType::Service).await.id;
        suspend(ctx, &actor(), id).await.unwrap();
        assert_eq!(code(suspend(ctx, &actor(), id).await), "application_already_suspended");
        assert!(!ground.lives(NOW).await);
        assert!(!ground.lives(NOW.plus_secs(30)).await, "a node that does not know yet issues in vain");
        ground.clock.advance(Duration::from_secs(60));
        reactivate(ctx, &actor(), id).await.unwrap();
        assert_eq!(code(reactivate(ctx, &actor(), id).await), "application_already_active");
        assert!(!ground.lives(NOW.plus_secs(30)).await, "what was issued before stays dead");
        assert!(ground.lives(ctx.now()).await);
        delete(ctx, &actor(), id).await.unwrap();
        assert!(!ground.lives(ctx.now().plus_secs(3_600)).await);
        assert_eq!(code(delete(ctx, &actor(), id).await), "no application");
        assert_eq!(code(find(ctx, &actor(), id).await), "no application");
    })
    .await;
}
