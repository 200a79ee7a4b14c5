//! `GET /healthz`: the process answers. Says nothing of the database: restarting would not bring that back.

/// Always 200.
pub async fn get() -> &'static str {
    "ok\n"
}
