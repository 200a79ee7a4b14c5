//! Table `apis`.

use gatehouse_core::id::ApiId;
use gatehouse_core::portal::api::{Api, Plan, Upstream};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// What [`insert`] fails with when the slug is taken.
pub const SLUG_TAKEN: &str = "apis.slug";

/// What [`insert`] and [`save`] fail with when another API has the audience.
pub const AUDIENCE_TAKEN: &str = "apis.audience";

/// A new API.
pub async fn insert(tx: &mut Tx, api: &Api) -> Result<(), DbError> {
    let sql = "INSERT INTO apis (id, slug, server_id, name, description, audience, upstream, token_format, quota_limit,
                   quota_window, review_policy, request_questions, terms_url, state, created_at, updated_at, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let params = params![
        api.id,
        &api.slug,
        api.server_id.as_str(),
        &api.name,
        &api.description,
        &api.audience,
        api.upstream.as_ref().map(Upstream::to_string),
        api.token_format.as_str(),
        api.plan.limit,
        api.plan.window,
        json(&api.review_policy)?,
        json(&api.request_questions)?,
        api.terms_url.as_ref(),
        api.state.as_str(),
        api.created_at,
        api.updated_at,
        api.version
    ];
    tx.execute(sql, params).await.map(drop)
}

/// By id.
pub async fn find(tx: &mut Tx, id: ApiId) -> Result<Option<Api>, DbError> {
    let sql = "SELECT id, slug, server_id, name, description, audience, upstream, token_format, quota_limit,
                   quota_window, review_policy, request_questions, terms_url, state, created_at, updated_at, version
               FROM apis WHERE id = $1";
    tx.query_opt(sql, params![id]).await?.as_ref().map(from_row).transpose()
}

/// By its name in addresses.
pub async fn find_by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Api>, DbError> {
    let sql = "SELECT id, slug, server_id, name, description, audience, upstream, token_format, quota_limit,
                   quota_window, review_policy, request_questions, terms_url, state, created_at, updated_at, version
               FROM apis WHERE slug = $1";
    tx.query_opt(sql, params![slug]).await?.as_ref().map(from_row).transpose()
}

/// By audience.
pub async fn find_by_audience(tx: &mut Tx, audience: &str) -> Result<Option<Api>, DbError> {
    let sql = "SELECT id, slug, server_id, name, description, audience, upstream, token_format, quota_limit,
                   quota_window, review_policy, request_questions, terms_url, state, created_at, updated_at, version
               FROM apis WHERE audience = $1";
    tx.query_opt(sql, params![audience]).await?.as_ref().map(from_row).transpose()
}

/// In order of id, `limit` rows after `after` (empty: from the start).
pub async fn list(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Api>, DbError> {
    let sql = "SELECT id, slug, server_id, name, description, audience, upstream, token_format, quota_limit,
                   quota_window, review_policy, request_questions, terms_url, state, created_at, updated_at, version
               FROM apis WHERE id > $1 ORDER BY id LIMIT $2";
    tx.query(sql, params![after, limit]).await?.iter().map(from_row).collect()
}

/// All, in order of id, for the memory of a node.
pub async fn all(tx: &mut Tx) -> Result<Vec<Api>, DbError> {
    let sql = "SELECT id, slug, server_id, name, description, audience, upstream, token_format, quota_limit,
                   quota_window, review_policy, request_questions, terms_url, state, created_at, updated_at, version
               FROM apis ORDER BY id";
    tx.query(sql, params![]).await?.iter().map(from_row).collect()
}

/// Those that are served, in order of id, for the memory of a node.
pub async fn list_published(tx: &mut Tx) -> Result<Vec<Api>, DbError> {
    let sql = "SELECT id, slug, server_id, name, description, audience, upstream, token_format, quota_limit,
                   quota_window, review_policy, request_questions, terms_url, state, created_at, updated_at, version
               FROM apis WHERE state = 'published' ORDER BY id";
    tx.query(sql, params![]).await?.iter().map(from_row).collect()
}

/// Writes a changed API, its version raised by one. `false` when somebody else changed it since it was read. Slug and
/// server never change: addresses and tokens hang on them.
pub async fn save(tx: &mut Tx, api: &Api) -> Result<bool, DbError> {
    let sql = "UPDATE apis SET name = $3, description = $4, audience = $5, upstream = $6, token_format = $7,
                   quota_limit = $8, quota_window = $9, review_policy = $10, request_questions = $11, terms_url = $12,
                   state = $13, updated_at = $14, version = $15
               WHERE id = $1 AND version = $2";
    let params = params![
        api.id,
        api.version - 1,
        &api.name,
        &api.description,
        &api.audience,
        api.upstream.as_ref().map(Upstream::to_string),
        api.token_format.as_str(),
        api.plan.limit,
        api.plan.window,
        json(&api.review_policy)?,
        json(&api.request_questions)?,
        api.terms_url.as_ref(),
        api.state.as_str(),
        api.updated_at,
        api.version
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

fn json(value: &impl serde::Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Engine(error.to_string()))
}

fn from_row(row: &Row) -> Result<Api, DbError> {
    Ok(Api {
        id: row.parse("id")?,
        slug: row.get("slug")?,
        server_id: row.parse("server_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        audience: row.get("audience")?,
        upstream: row.parse_opt("upstream")?,
        token_format: row.parse("token_format")?,
        plan: Plan { limit: row.get("quota_limit")?, window: row.get("quota_window")? },
        review_policy: row.json("review_policy")?,
        request_questions: row.json("request_questions")?,
        terms_url: row.get("terms_url")?,
        state: row.parse("state")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use gatehouse_core::portal::api::{ApiState, AutoApprove, RequestQuestion, ReviewPolicy, TokenFormat};
    use gatehouse_core::random::SeededRandom;

    use super::*;
    use crate::authorization_servers;
    use crate::authorization_servers::tests::server;
    use crate::db::Db;
    use crate::testing::{NOW, each_engine};

    pub(crate) fn api(seed: u64, slug: &str) -> Api {
        Api {
            id: ApiId::new(NOW, &SeededRandom::new(seed)),
            slug: slug.to_owned(),
            server_id: "default".parse().expect("is an id"),
            name: "Results API".to_owned(),
            description: "What testers did.\nAll of it.".to_owned(),
            audience: format!("https://api.example.com/{slug}"),
            upstream: Some(Upstream::Results),
            token_format: TokenFormat::Jwt,
            plan: Plan::default(),
            review_policy: ReviewPolicy { auto_approve: AutoApprove::NormalScopes, ..ReviewPolicy::default() },
            request_questions: vec![RequestQuestion { name: "q".into(), label: "How much?".into(), required: true }],
            terms_url: None,
            state: ApiState::Draft,
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        }
    }

    /// The server `default` and an API on it.
    pub(crate) async fn insert_with_server(db: &Db, api: &Api) {
        let api = api.clone();
        db.write(async move |tx: &mut Tx| {
            if authorization_servers::find(tx, "default").await?.is_none() {
                authorization_servers::insert(tx, &server("default")).await?;
            }
            insert(tx, &api).await
        })
        .await
        .expect("inserts");
    }

    #[tokio::test]
    async fn saves_over_the_version_that_was_read() {
        each_engine(async |db: &Db| {
            let first = api(1, "results");
            insert_with_server(db, &first).await;
            insert_with_server(db, &api(2, "other")).await;
            let changed = Api { state: ApiState::Published, upstream: None, version: 2, ..first.clone() };
            let wanted = (Some(changed.clone()), Some(changed.clone()), vec![changed.clone()], 2, (true, false));
            let seen = db
                .write(async move |tx: &mut Tx| {
                    let saved = (save(tx, &changed).await?, save(tx, &changed).await?);
                    let found = (find(tx, first.id).await?, find_by_slug(tx, "results").await?);
                    let listed = (list_published(tx).await?, list(tx, "", 5).await?.len());
                    assert_eq!(all(tx).await?, list(tx, "", 5).await?);
                    assert_eq!(find_by_audience(tx, &changed.audience).await?.as_ref(), Some(&changed));
                    Ok::<_, DbError>((found.0, found.1, listed.0, listed.1, saved))
                })
                .await;
            assert_eq!(seen.expect("written"), wanted);
        })
        .await;
    }

    #[tokio::test]
    async fn slugs_and_audiences_are_unique() {
        each_engine(async |db: &Db| {
            insert_with_server(db, &api(1, "a")).await;
            let add = async |api: Api| db.write(async move |tx: &mut Tx| insert(tx, &api).await).await;
            let same_slug = Api { audience: "other".to_owned(), ..api(2, "a") };
            assert!(add(same_slug).await.expect_err("is refused").is_constraint(SLUG_TAKEN));
            let same_audience = Api { slug: "b".to_owned(), ..api(3, "a") };
            assert!(add(same_audience).await.expect_err("is refused").is_constraint(AUDIENCE_TAKEN));
        })
        .await;
    }
}
