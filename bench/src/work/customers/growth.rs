//! P10: tokens and rotations with 100,000 applications and 10 million refresh tokens stored, against a store with next
//! to nothing.

use anyhow::Result;
use rusqlite::Connection;
use serde_json::json;

use super::{form, seed, value};
use crate::Options;
use crate::exchange::Kind;
use crate::measure::{self, Exchange, Series, Target, Times};
use crate::output;
use crate::report::{Line, spread};
use crate::server::{self, DataFolder, Gatehouse};
use crate::work::{path, token_request};

const APPLICATIONS: i64 = 100_000;
const REFRESH_TOKENS: i64 = 10_000_000;
/// Families; the others are their later generations.
const GRANTS: i64 = 1_000_000;

/// A small store and a large one, alternately.
pub(crate) fn measure(options: &Options) -> Result<Vec<Line>> {
    let (small_folder, large_folder) = (DataFolder::new("small")?, DataFolder::new("large")?);
    let small = server::gatehouse(&options.binary, &small_folder)?;
    drop(server::gatehouse(&options.binary, &large_folder)?);
    let scale = if options.quick { 100 } else { 1 };
    fill(&large_folder, scale)?;
    let large = server::gatehouse(&options.binary, &large_folder)?;
    let request = |gatehouse: &Gatehouse| token_request(gatehouse, "keep-alive");
    let [one, other] = [&large, &small].map(|of| Target { server: &of.server, request: request(of) });
    let (tokens_large, tokens_small) = measure::alternate(options.times(), &one, &other)?;
    let pair = [(&large, &large_folder), (&small, &small_folder)];
    let (rotations_large, rotations_small) = rotations(options.times(), pair)?;
    let with = format!("{} applications, {} refresh tokens", APPLICATIONS / scale, REFRESH_TOKENS / scale);
    Ok(vec![
        line(&format!("client_credentials with {with}"), &tokens_large, &tokens_small),
        line(&format!("refresh with {with}"), &rotations_large, &rotations_small),
    ])
}

fn line(work: &str, large: &Series, small: &Series) -> Line {
    let (with, without) = (spread(&large.rates), spread(&small.rates));
    Line {
        row: "P10",
        work: work.to_owned(),
        measured: with.words("/s"),
        ceiling: format!("with next to nothing {}", without.words("/s")),
        result: format!(
            "{:.0} % ({:.0} % by processor time)",
            100.0 * with.median / without.median,
            100.0 * spread(&small.cpu_us).median / spread(&large.cpu_us).median
        ),
        budget: "≥ 95 %",
        details: json!({ "large": large, "small": small }),
    }
}

fn rotations(times: Times, both: [(&Gatehouse, &DataFolder); 2]) -> Result<(Series, Series)> {
    let mut series = [Series::default(), Series::default()];
    for round in 0..=times.rounds {
        for ((gatehouse, folder), series) in both.iter().zip(&mut series) {
            let values = seed(gatehouse, &folder.database(), (Kind::RefreshToken, 64, 100 + round as u64))?;
            let form = form(gatehouse, Kind::RefreshToken);
            let path = path(value(gatehouse, "TOKEN_URL"));
            let exchange = Exchange { server: &gatehouse.server, path, form: &form, kind: Kind::RefreshToken };
            if round == 0 {
                measure::exchange(&exchange, &values, times.warm_up)?;
            } else {
                series.record(&gatehouse.server, || measure::exchange(&exchange, &values, times.seconds))?;
            }
        }
    }
    let [large, small] = series;
    Ok((large, small))
}

/// Copies of the sample application, and families of it with ten generations each, the last of them unused.
fn fill(folder: &DataFolder, scale: i64) -> Result<()> {
    let mut connection = Connection::open(folder.database())?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; PRAGMA foreign_keys = OFF")?;
    let tx = connection.transaction()?;
    copy_applications(&tx, APPLICATIONS / scale)?;
    output::line("  applications are there");
    let grants = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO grants (id, server_id, application_id, user_id, scopes, resources, offline, authenticated_at, amr,
            created_at, last_used_at, expires_at)
        SELECT 'gra_' || printf('%026d', i), 'default', (SELECT id FROM applications WHERE type = 'web' LIMIT 1),
            (SELECT id FROM users LIMIT 1), 'offline_access public_api.read', '', 1, t, 'pwd', t, t,
            t + 31536000000000
        FROM n, (SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000000 AS t)";
    tx.execute(grants, [GRANTS / scale])?;
    output::line("  authorizations are there");
    let tokens = "WITH RECURSIVE g(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM g WHERE k < ?1)
        INSERT INTO refresh_tokens (hash, grant_id, generation, created_at, expires_at, used_at)
        SELECT randomblob(32), grants.id, k, grants.created_at, grants.created_at + 2592000000000 + k,
            CASE WHEN k < ?1 THEN grants.created_at END
        FROM g, grants WHERE grants.id LIKE 'gra_0000000000%'";
    tx.execute(tokens, [REFRESH_TOKENS / GRANTS - 1])?;
    tx.commit()?;
    output::line("  refresh tokens are there");
    Ok(())
}

/// As the sample service application is, each with an id and a client id of its own, and with its secret and
/// entitlement, so that the directory has all of them to tell apart.
fn copy_applications(tx: &Connection, count: i64) -> Result<()> {
    for (table, key, own) in [
        ("applications", "id", &[("id", "'app_' || printf('%026d', i)"), ("client_id", "'client' || i")][..]),
        (
            "client_secrets",
            "application_id",
            &[
                ("id", "'sec_' || printf('%026d', i)"),
                ("application_id", "'app_' || printf('%026d', i)"),
                ("hash", "randomblob(32)"),
            ],
        ),
        (
            "entitlements",
            "application_id",
            &[("id", "'ent_' || printf('%026d', i)"), ("application_id", "'app_' || printf('%026d', i)")],
        ),
    ] {
        let mut columns: Vec<String> = Vec::new();
        let mut info = tx.prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
        for name in info.query_map([], |row| row.get::<_, String>(0))? {
            columns.push(name?);
        }
        let values = columns.iter().map(|column| {
            let own = own.iter().find(|(name, _)| name == column).map(|(_, value)| (*value).to_owned());
            own.unwrap_or_else(|| format!("sample.{column}"))
        });
        let sql = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
             INSERT INTO {table} ({}) SELECT {} FROM n,
                (SELECT * FROM {table} WHERE {key} = (SELECT id FROM applications WHERE type = 'service' LIMIT 1) LIMIT 1) AS sample",
            columns.join(", "),
            values.collect::<Vec<_>>().join(", ")
        );
        tx.execute(&sql, [count])?;
    }
    Ok(())
}
