use std::time::Duration;

use gatehouse_core::identity::session::{AuthenticationMethod, Device};
use gatehouse_store::db::Db;
use gatehouse_store::testing::each_engine;

use super::*;
use crate::actions::ground::{Ground, MAINTAINER, OWNER, code};
use crate::actions::{Actor, ActorKind};
use crate::testing::actor;

async fn user(ground: &Ground, email: &str) -> UserId {
    crate::actions::users::get_by_ref(&ground.ctx, email).await.expect("a user").id
}

async fn sign_in(ground: &Ground, user: UserId) -> Opened {
    let amr = vec![AuthenticationMethod::Password];
    open(&ground.ctx, &actor(), user, (amr, Device::default())).await.expect("a session")
}

fn as_user(id: UserId) -> Actor {
    Actor { kind: ActorKind::User(id), request_id: None, address: None }
}

#[tokio::test]
async fn a_cookie_names_its_user() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let owner = user(&ground, OWNER).await;
        let (first, second) = (sign_in(&ground, owner).await, sign_in(&ground, owner).await);
        assert_ne!(first.cookie.expose(), second.cookie.expose());
        let known = authenticate(&ground.ctx, first.cookie.expose()).await.unwrap().expect("is known");
        assert_eq!((known.user.id, known.session.id, known.unread), (owner, first.session.id, Unread::default()));
        assert_eq!(known.organizations.len(), 1);
        assert_eq!(known.organizations[0].role, MemberRole::Owner);
        for cookie in ["", "x", &first.cookie.expose().replace("_ss_", "_cs_")] {
            assert_eq!(authenticate(&ground.ctx, cookie).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_used_session_lasts_and_an_idle_one_ends() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let owner = user(&ground, OWNER).await;
        let (used, idle) = (sign_in(&ground, owner).await, sign_in(&ground, owner).await);
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        ground.clock.advance(hours(11));
        assert!(authenticate(&ground.ctx, used.cookie.expose()).await.unwrap().is_some());
        ground.clock.advance(hours(2));
        assert!(authenticate(&ground.ctx, used.cookie.expose()).await.unwrap().is_some());
        assert_eq!(authenticate(&ground.ctx, idle.cookie.expose()).await.unwrap(), None);
        assert_eq!(list(&ground.ctx, owner).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ends_only_what_is_the_actors() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let (owner, other) = (user(&ground, OWNER).await, user(&ground, MAINTAINER).await);
        let [a, b, c] = [sign_in(&ground, owner).await, sign_in(&ground, owner).await, sign_in(&ground, owner).await];
        let ctx = &ground.ctx;
        assert_eq!(code(end(ctx, &as_user(other), owner, a.session.id).await), "no session");
        assert_eq!(code(end(ctx, &as_user(other), other, a.session.id).await), "no session");
        assert_eq!(code(end_all(ctx, &as_user(other), owner).await), "no session");
        end(ctx, &as_user(owner), owner, a.session.id).await.unwrap();
        assert_eq!(authenticate(ctx, a.cookie.expose()).await.unwrap(), None);
        assert_eq!(end_others(ctx, &as_user(owner), owner, b.session.id).await.unwrap(), 1);
        assert!(authenticate(ctx, b.cookie.expose()).await.unwrap().is_some());
        assert_eq!(authenticate(ctx, c.cookie.expose()).await.unwrap(), None);
        assert_eq!(end_all(ctx, &actor(), owner).await.unwrap(), 1);
        assert_eq!(list(ctx, owner).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once() {
    each_engine(async |db: &Db| {
        let ground = Ground::lay(db).await;
        let owner = user(&ground, OWNER).await;
        let opened = sign_in(&ground, owner).await;
        crate::actions::users::disable(&ground.ctx, &actor(), owner).await.unwrap();
        assert_eq!(authenticate(&ground.ctx, opened.cookie.expose()).await.unwrap(), None);
        let amr = vec![AuthenticationMethod::Password];
        assert_eq!(code(open(&ground.ctx, &actor(), owner, (amr, Device::default())).await), "no user");
    })
    .await;
}
