use gatehouse_core::id::SecretLinkId;
use gatehouse_core::portal::client_secret_link::OPEN_FOR;
use gatehouse_core::random::SeededRandom;

use super::*;
use crate::applications::tests::{ground, insert_sample};
use crate::client_secrets;
use crate::client_secrets::tests::sample;
use crate::db::Db;
use crate::testing::{NOW, dump, each_engine};

const SEALED: &[u8] = b"sealed elsewhere";

async fn insert_links(db: &Db, tokens: &'static [&'static str]) -> Vec<ClientSecretLink> {
    let application = insert_sample(db, ground(db).await, 1).await.id;
    let (secret, random) = (sample(application, 1), SeededRandom::new(3));
    let write = async move |tx: &mut Tx| {
        client_secrets::insert(tx, &secret).await?;
        let mut links = Vec::new();
        for (at, token) in (0..).zip(tokens) {
            let now = NOW.plus_secs(at);
            let link = ClientSecretLink {
                id: SecretLinkId::new(now, &random),
                application_id: application,
                secret_id: secret.id,
                created_by: "command line (ops)".into(),
                created_at: now,
                expires_at: now.plus(OPEN_FOR),
                revealed_at: None,
            };
            insert(tx, &link, SecretHash::of(token), SEALED.to_vec()).await?;
            links.push(link);
        }
        Ok::<_, DbError>(links)
    };
    db.write(write).await.expect("written")
}

async fn reveal_one(db: &Db, token: &'static str, now: Timestamp) -> Option<(ClientSecretLink, Vec<u8>)> {
    db.write(async move |tx: &mut Tx| reveal(tx, SecretHash::of(token), now).await).await.expect("written")
}

#[tokio::test]
async fn shows_once_before_its_end_and_keeps_nothing() {
    each_engine(async |db: &Db| {
        let links = insert_links(db, &["one", "two"]).await;
        let application = links[0].application_id;
        let listed = db.read(async move |tx: &mut Tx| of_application(tx, application).await).await;
        assert_eq!(listed.expect("read"), links);
        let end = links[0].expires_at;
        assert_eq!(reveal_one(db, "none", NOW).await, None);
        assert_eq!(reveal_one(db, "one", end).await, None, "over");
        let last = end.plus_secs(-1);
        let revealed = ClientSecretLink { revealed_at: Some(last), ..links[0].clone() };
        assert_eq!(reveal_one(db, "one", last).await, Some((revealed.clone(), SEALED.to_vec())));
        assert_eq!(reveal_one(db, "one", last).await, None, "used up");
        let found = db.read(async |tx: &mut Tx| find(tx, SecretHash::of("one")).await).await;
        assert_eq!(found.expect("read"), Some(revealed));
        assert_eq!(reveal_one(db, "two", NOW).await.map(|(link, _)| link.id), Some(links[1].id));
        let rows = dump(db, &["client_secret_links"]).await;
        assert!(!rows.contains(&format!("{SEALED:?}")), "{rows}");
    })
    .await;
}

#[tokio::test]
async fn one_of_fifty_at_once_sees_it() {
    each_engine(async |db: &Db| {
        insert_links(db, &["one"]).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let db = db.clone();
            tasks.spawn(async move { reveal_one(&db, "one", NOW).await.is_some() });
        }
        assert_eq!(tasks.join_all().await.into_iter().filter(|seen| *seen).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn goes_away_after_its_end() {
    each_engine(async |db: &Db| {
        let end = insert_links(db, &["one", "two"]).await[0].expires_at;
        let write = async move |tx: &mut Tx| {
            let early = prune(tx, end, 10).await?;
            let gone = prune(tx, end.plus_secs(1), 10).await?;
            Ok::<_, DbError>((
                early,
                gone,
                find(tx, SecretHash::of("one")).await?,
                prune(tx, end.plus_secs(9), 1).await?,
            ))
        };
        assert_eq!(db.write(write).await.expect("written"), (0, 1, None, 1));
    })
    .await;
}
