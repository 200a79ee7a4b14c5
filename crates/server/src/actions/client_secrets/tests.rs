use std::time::Duration;

use gatehouse_core::portal::application::ApplicationType;
use gatehouse_core::portal::client_secret::{ClientSecretState, MAX_USABLE};
use gatehouse_store::db::Db;
use gatehouse_store::outbox;
use gatehouse_store::testing::{NOW, each_engine};

use super::*;
use crate::actions::ground::{Ground, OWNER, code};
use crate::testing::actor;

async fn made(ground: &Ground, application: ApplicationId) -> ClientSecret {
    create(&ground.ctx, &actor(), application, NewSecret::default()).await.expect("a secret").secret
}

#[tokio::test]
async fn shows_the_text_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Service).await;
        let input = NewSecret { name: Some("ci".into()), expires_in_days: Some(30), only_after: None };
        let created = create(&ground.ctx, &actor(), application.id, input).await.unwrap();
        assert_eq!(created.client_id, application.client_id);
        assert_eq!(created.text.hash(), created.secret.hash);
        assert!(created.text.expose().ends_with(&created.secret.last_four));
        assert_eq!(list(&ground.ctx, &actor(), application.id).await.unwrap(), std::slice::from_ref(&created.secret));
        let again = |newest| NewSecret { only_after: Some(Newest(newest)), ..NewSecret::default() };
        assert_eq!(code(create(&ground.ctx, &actor(), application.id, again(None)).await), "secret_made_meanwhile");
        let newest = Some(created.secret.id);
        create(&ground.ctx, &actor(), application.id, again(newest)).await.expect("another one");
        assert_eq!(code(create(&ground.ctx, &actor(), application.id, again(newest)).await), "secret_made_meanwhile");
        for days in [0, 3_651] {
            let input = NewSecret { name: None, expires_in_days: Some(days), only_after: None };
            let refused = create(&ground.ctx, &actor(), application.id, input).await;
            assert_eq!(code(refused), "expires_in_days out_of_range");
        }
        let native = ground.application(ApplicationType::Native).await.id;
        let refused = create(&ground.ctx, &actor(), native, NewSecret::default()).await;
        assert_eq!(code(refused), "public_application");
    })
    .await;
}

#[tokio::test]
async fn there_is_an_end_to_secrets() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Service).await.id;
        for _ in 0..MAX_USABLE {
            made(&ground, application).await;
        }
        let refused = create(&ground.ctx, &actor(), application, NewSecret::default()).await;
        assert_eq!(code(refused), "too_many_secrets");
    })
    .await;
}

#[tokio::test]
async fn the_last_one_stays_unless_it_is_said() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let application = ground.application(ApplicationType::Service).await.id;
        let secret = (application, made(&ground, application).await.id);
        assert_eq!(code(retire(ctx, &actor(), secret, Retirement::default()).await), "last_active_secret");
        assert_eq!(code(revoke(ctx, &actor(), secret, Revocation::default()).await), "last_active_secret");
        assert!(ground.revocations().await.is_empty());
        let said = Revocation { last_active: true, ..Revocation::default() };
        assert_eq!(revoke(ctx, &actor(), secret, said).await.unwrap().state, ClientSecretState::Revoked);
        assert!(!ground.lives(NOW.plus_secs(3_600)).await);
        assert_eq!(code(revoke(ctx, &actor(), secret, said).await), "secret_already_revoked");
        let other = ground.application(ApplicationType::Service).await.id;
        assert_eq!(code(revoke(ctx, &actor(), (other, secret.1), said).await), "no client secret");
    })
    .await;
}

#[tokio::test]
async fn a_grace_ends_with_its_tokens() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let ctx = &ground.ctx;
        let application = ground.application(ApplicationType::Service).await.id;
        let old = made(&ground, application).await;
        made(&ground, application).await;
        let too_long = Retirement { grace_seconds: Some(7 * 86_400 + 1), ..Retirement::default() };
        assert_eq!(code(retire(ctx, &actor(), (application, old.id), too_long).await), "invalid_grace");
        let retired = retire(ctx, &actor(), (application, old.id), Retirement::default()).await.unwrap();
        assert_eq!(retired.retires_at, Some(NOW.plus_secs(86_400)));
        assert_eq!(settle(ctx).await.unwrap(), 0);
        assert!(ground.revocations().await.is_empty());
        ground.clock.advance(Duration::from_secs(86_400));
        assert_eq!(settle(ctx).await.unwrap(), 1);
        assert_eq!(settle(ctx).await.unwrap(), 0);
        let stored =
            list(ctx, &actor(), application).await.unwrap().into_iter().find(|secret| secret.id == old.id).unwrap();
        assert_eq!((stored.state, stored.ended_at), (ClientSecretState::Revoked, retired.retires_at));
        assert!(!ground.lives(ctx.now()).await);
        assert_eq!(ground.audited("client_secret.ended").await, 1);
    })
    .await;
}

#[tokio::test]
async fn owners_hear_of_a_compromise() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let application = ground.application(ApplicationType::Service).await.id;
        let secret = made(&ground, application).await;
        let how = Revocation { compromised: true, ..Revocation::default() };
        revoke(&ground.ctx, &actor(), (application, secret.id), how).await.unwrap();
        let mails = db.write(async move |tx| outbox::list(tx, (outbox::Kind::Mail, None), "", 10).await).await.unwrap();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].payload["to"], OWNER);
        let text = mails[0].payload["text"].as_str().unwrap();
        assert!(text.contains(&secret.last_four) && !text.contains("gh_cs_"));
    })
    .await;
}
