use std::time::Duration;

use gatehouse_core::jose::base64url;
use gatehouse_core::portal::application::ApplicationType;
use gatehouse_store::audit;
use gatehouse_store::db::{Db, Tx};
use gatehouse_store::testing::each_engine;
use gatehouse_store::users;

use super::*;
use crate::actions::ActorKind;
use crate::actions::client_secrets::{NewSecret, Revocation, create, revoke};
use crate::actions::ground::{Ground, OWNER, code};
use crate::testing::actor;

const SEALED: &[u8] = b"a nonce, a text and a tag, as far as anybody here can tell";

fn input(secret_id: ClientSecretId) -> NewLink {
    NewLink { secret_id, sealed: base64url(SEALED) }
}

/// An application with a secret, and where links to it lead.
async fn laid(db: &Db) -> (Ground, ApplicationId, ClientSecretId) {
    let mut ground = Ground::lay(db).await;
    ground.ctx.portal_url = Some("https://portal.example".into());
    let application = ground.application(ApplicationType::Service).await.id;
    let secret = create(&ground.ctx, &actor(), application, NewSecret::default()).await.expect("a secret").secret.id;
    (ground, application, secret)
}

fn token(created: &CreatedLink) -> String {
    created.url.expose().strip_prefix("https://portal.example/reveal/").expect("the portal's").to_owned()
}

#[tokio::test]
async fn gives_what_was_sealed_once() {
    each_engine(async |db: &Db| {
        let (ground, application, secret) = laid(db).await;
        let ctx = &ground.ctx;
        let created = create_link(ctx, &actor(), application, input(secret)).await.expect("a link");
        let token = token(&created);
        assert_eq!(open_link(ctx, &token).await.unwrap(), Some(created.link.clone()), "looking uses nothing up");
        let stranger = Actor { kind: ActorKind::System("reveal"), request_id: None, address: Some("192.0.2.7".into()) };
        assert_eq!(reveal_link(ctx, &stranger, &token).await.unwrap(), SEALED);
        assert_eq!(code(reveal_link(ctx, &stranger, &token).await), "link_over");
        assert_eq!(open_link(ctx, &token).await.unwrap(), None);
        let listed = list_links(ctx, &actor(), application).await.unwrap();
        assert_eq!(listed[0].state_at(ctx.now()), LinkState::Revealed);
        let filter = audit::Filter { action: Some("client_secret_link.revealed".into()), ..audit::Filter::default() };
        let read = async move |tx: &mut Tx| audit::list(tx, &filter, 10).await;
        let events = format!("{:?}", ctx.db.read(read).await.unwrap());
        assert!(events.contains("192.0.2.7") && events.contains(&created.link.created_by), "{events}");
        assert_eq!(ground.audited("client_secret_link.created").await, 1);
    })
    .await;
}

#[tokio::test]
async fn refuses_what_makes_no_link() {
    each_engine(async |db: &Db| {
        let (ground, application, secret) = laid(db).await;
        let ctx = &ground.ctx;
        let find = async move |tx: &mut Tx| users::find_by_email(tx, &OWNER.parse().expect("an address")).await;
        let owner = ctx.db.read(find).await.unwrap().expect("a user").id;
        let owner = Actor { kind: ActorKind::User(owner), request_id: None, address: None };
        assert_eq!(code(create_link(ctx, &owner, application, input(secret)).await), "not_allowed");
        let other = ground.application(ApplicationType::Service).await.id;
        assert_eq!(code(create_link(ctx, &actor(), other, input(secret)).await), "no client secret");
        let long = vec![7; LONGEST_TEXT + OVERHEAD + 1];
        for sealed in [String::new(), base64url(&[7; OVERHEAD]), base64url(&long), "x=".repeat(40), "é".repeat(40)] {
            let refused = create_link(ctx, &actor(), application, NewLink { sealed, ..input(secret) }).await;
            assert_eq!(code(refused), "sealed invalid");
        }
        let longest = NewLink { sealed: base64url(&long[1..]), ..input(secret) };
        create_link(ctx, &actor(), application, longest).await.expect("a link");
        let now = Revocation { last_active: true, ..Revocation::default() };
        revoke(ctx, &actor(), (application, secret), now).await.expect("revoked");
        assert_eq!(code(create_link(ctx, &actor(), application, input(secret)).await), "secret_ended");
    })
    .await;
}

#[tokio::test]
async fn ends_after_72_hours_to_the_second() {
    each_engine(async |db: &Db| {
        let (ground, application, secret) = laid(db).await;
        let ctx = &ground.ctx;
        let created = create_link(ctx, &actor(), application, input(secret)).await.expect("a link");
        let token = token(&created);
        ground.clock.advance(Duration::from_secs(72 * 3_600 - 1));
        assert!(open_link(ctx, &token).await.unwrap().is_some());
        ground.clock.advance(Duration::from_secs(1));
        assert!(open_link(ctx, &token).await.unwrap().is_none());
        assert_eq!(code(reveal_link(ctx, &actor(), &token).await), "link_over");
    })
    .await;
}
