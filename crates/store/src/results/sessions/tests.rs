use gatehouse_core::id::GrantId;
use gatehouse_core::random::SeededRandom;
use gatehouse_core::results::import::Record;
use gatehouse_core::results::list::SessionStatus;

use super::super::fixtures::{CLIENT_ID, NOW, id, import, run, session, session_of, test, world};
use super::super::import::Mode;
use super::super::tests;
use super::*;
use crate::authorization_servers::{self, tests::server};
use crate::db::{Db, Value};
use crate::testing::each_engine;

async fn read_page(db: &Db, limit: u32, offset: u32) -> Vec<u128> {
    let read: Result<Vec<SessionSummary>, DbError> =
        db.read(async move |tx| page(tx, id(1), 23, Page { limit, offset }).await).await;
    read.expect("is read").iter().map(|session| session.session_id.as_u128()).collect()
}

/// Whether list and details answer this viewer.
async fn sees(db: &Db, viewer: &Viewer) -> bool {
    let viewer = viewer.clone();
    let seen: Result<(bool, bool), DbError> = db
        .read(async move |tx| {
            let count = tests::completed_count(tx, &viewer, id(1)).await?;
            Ok((count.is_some(), details(tx, &viewer, id(101)).await?.is_some()))
        })
        .await;
    let (list, details) = seen.expect("is read");
    assert_eq!(list, details);
    list
}

#[tokio::test]
async fn pages_have_no_gap_and_no_repeat() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let mut records = vec![test(1, world.workspace)];
        records.extend((1..=23).map(|number| session(100 + number, 1, i64::try_from(number).expect("is small"))));
        import(db, 1, &records, Mode::AllOrNothing).await.expect("applies");
        let expected: Vec<u128> = (101..=123).rev().collect();
        for limit in [1, 2, 5, 22, 23, 24, 500] {
            let mut all = Vec::new();
            for offset in (0..30).step_by(usize::try_from(limit).expect("is small")) {
                all.extend(read_page(db, limit, offset).await);
            }
            assert_eq!(all, expected, "limit {limit}");
        }
        assert_eq!(read_page(db, 500, 10_000).await, []);
    })
    .await;
}

#[tokio::test]
async fn only_members_see() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let records: Vec<Record> = vec![test(1, world.workspace), session(101, 1, 0)];
        import(db, 1, &records, Mode::AllOrNothing).await.expect("applies");
        let application = Viewer::Application(CLIENT_ID.to_owned());
        let user = Viewer::User(world.user);
        let both = async || (sees(db, &application).await, sees(db, &user).await);
        assert_eq!(both().await, (true, true));
        assert!(!sees(db, &Viewer::Application("unknown".to_owned())).await);

        // What is taken away and given back, and who loses their sight by it: the application and the user.
        let cases = [
            ("UPDATE users SET state = 'disabled'", "UPDATE users SET state = 'active'", (false, false)),
            ("UPDATE users SET email_verified_at = NULL", "UPDATE users SET email_verified_at = 0", (false, false)),
            ("UPDATE applications SET state = 'suspended'", "UPDATE applications SET state = 'active'", (false, true)),
            ("UPDATE applications SET api_user_id = NULL", "UPDATE applications SET api_user_id = (SELECT id FROM users)", (false, true)),
            ("DELETE FROM organization_members", "INSERT INTO organization_members (organization_id, user_id, role, created_at) SELECT 'org', id, 'viewer', 0 FROM users", (false, true)),
        ];
        let nothing: [Value; 0] = [];
        for (take, give, left) in cases {
            run(db, take, &nothing).await;
            assert_eq!(both().await, left, "{take}");
            run(db, give, &nothing).await;
            assert_eq!(both().await, (true, true), "{give}");
        }
        run(db, "UPDATE workspace_members SET workspace_id = $1", params![world.other_workspace]).await;
        assert_eq!(both().await, (false, false));
    })
    .await;
}

/// The grant says who the customer is, and lets nothing be seen once it or the application has ended.
#[tokio::test]
async fn a_grant_sees_what_its_customer_sees() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let records: Vec<Record> = vec![test(1, world.workspace), session(101, 1, 0)];
        import(db, 1, &records, Mode::AllOrNothing).await.expect("applies");
        let [grant, unknown] = [1, 2].map(|seed| GrantId::new(NOW, &SeededRandom::new(seed)));
        let insert = async |tx: &mut Tx| authorization_servers::insert(tx, &server("default")).await;
        db.write(insert).await.expect("a server");
        let sql = "INSERT INTO grants (id, server_id, application_id, user_id, scopes, resources, offline,
            authenticated_at, amr, created_at, last_used_at, expires_at)
            VALUES ($1, 'default', 'app', $2, 'openid', '', 0, 0, 'pwd', 0, 0, 1)";
        run(db, sql, params![grant, world.user]).await;
        assert!(sees(db, &Viewer::CustomerOf(grant)).await);
        assert!(!sees(db, &Viewer::CustomerOf(unknown)).await);
        let nothing: [Value; 0] = [];
        for (take, give) in [
            ("UPDATE grants SET ended_at = 0", "UPDATE grants SET ended_at = NULL"),
            ("UPDATE users SET state = 'disabled'", "UPDATE users SET state = 'active'"),
            ("UPDATE users SET email_verified_at = NULL", "UPDATE users SET email_verified_at = 0"),
            ("UPDATE applications SET state = 'suspended'", "UPDATE applications SET state = 'active'"),
        ] {
            run(db, take, &nothing).await;
            assert!(!sees(db, &Viewer::CustomerOf(grant)).await, "{take}");
            run(db, give, &nothing).await;
            assert!(sees(db, &Viewer::CustomerOf(grant)).await, "{give}");
        }
        // The application's API user has nothing to do with it.
        run(db, "UPDATE applications SET api_user_id = NULL", &nothing).await;
        assert!(sees(db, &Viewer::CustomerOf(grant)).await);
        run(db, "UPDATE workspace_members SET workspace_id = $1", params![world.other_workspace]).await;
        assert!(!sees(db, &Viewer::CustomerOf(grant)).await);
    })
    .await;
}

#[tokio::test]
async fn details_come_back_as_they_came_in_and_only_of_completed_sessions() {
    each_engine(async |db: &Db| {
        let world = world(db).await;
        let open = session_of(102, 1, 0, SessionStatus::InProgress);
        let full: SessionDetails =
            serde_json::from_str(include_str!("../../../../core/fixtures/session_details_v3.json")).expect("a session");
        let Record::Session(mut whole) = session(101, 1, 0) else { unreachable!() };
        whole.details = full.clone();
        let session_id = full.session_id;
        let records = [test(1, world.workspace), open, Record::Session(whole)];
        import(db, 1, &records, Mode::AllOrNothing).await.expect("applies");
        let read = async |session_id| {
            let viewer = Viewer::User(world.user);
            db.read(async move |tx| details(tx, &viewer, session_id).await).await.expect("is read")
        };
        assert_eq!(read(session_id).await, Some(full));
        assert_eq!(read(id(102)).await, None);
        assert_eq!(read(id(103)).await, None);
    })
    .await;
}
