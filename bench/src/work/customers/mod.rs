//! What customers allow: codes, refresh tokens, introspection. Authorizations are written into the store as the
//! authorization endpoint writes them; everything that is measured goes over HTTP.

pub(crate) mod clean_up;
pub(crate) mod exchanges;
pub(crate) mod growth;
pub(crate) mod introspection;

use std::path::Path;

use anyhow::{Context, Result};
use gatehouse_core::id::{ApplicationId, GrantId, UserId};
use gatehouse_core::identity::email::Email;
use gatehouse_core::identity::session::AuthenticationMethod;
use gatehouse_core::oauth::code::Code;
use gatehouse_core::oauth::grant::{Authentication, Grant};
use gatehouse_core::oauth::refresh::RefreshToken;
use gatehouse_core::random::SeededRandom;
use gatehouse_core::secret::{SecretKind, mint};
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::{Db, DbError, Tx};
use gatehouse_store::{applications, codes, grants, refresh_tokens, users};

use crate::exchange::Kind;
use crate::server::Gatehouse;

/// RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Rows in one commit.
const BATCH: usize = 5_000;
const DAY: i64 = 86_400;

/// Of the sample web application's customer.
#[derive(Clone, Copy)]
struct Who {
    application: ApplicationId,
    user: UserId,
}

/// Writes `count` authorizations beside a running server, each with one code or one refresh token; gives their values.
/// `seed` keeps those of different calls apart.
fn seed(gatehouse: &Gatehouse, database: &Path, (kind, count, seed): (Kind, usize, u64)) -> Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let db = Db::open(&format!("sqlite:{}", database.display())).await?;
        let who = who(&db, gatehouse).await?;
        let redirect_uri = value(gatehouse, "WEB_REDIRECT_URI").to_owned();
        let mut values = Vec::with_capacity(count);
        for from in (0..count).step_by(BATCH) {
            let numbers = (from..count.min(from + BATCH)).map(|number| (seed << 32) + number as u64);
            let made: Vec<(u64, String)> = numbers.map(|number| (number, text(kind, number))).collect();
            values.extend(made.iter().map(|(_, text)| text.clone()));
            let redirect_uri = redirect_uri.clone();
            db.write(async move |tx| write(tx, (who, kind, &redirect_uri), &made).await).await?;
        }
        db.close().await;
        Ok(values)
    })
}

fn text(kind: Kind, number: u64) -> String {
    let kind = match kind {
        Kind::Code => SecretKind::Code,
        Kind::RefreshToken => SecretKind::RefreshToken,
    };
    mint("gh", kind, &SeededRandom::new(number)).expose().to_owned()
}

async fn write(
    tx: &mut Tx,
    (who, kind, redirect_uri): (Who, Kind, &str),
    made: &[(u64, String)],
) -> Result<(), DbError> {
    for (number, text) in made {
        let grant = grant(who, *number);
        let (grant_id, now) = (grant.id, grant.created_at);
        let hash = gatehouse_core::secret::SecretHash::of(text);
        grants::insert(tx, &grant).await?;
        let expires_at = now.plus_secs(DAY);
        match kind {
            Kind::Code => {
                let code = Code {
                    grant_id,
                    redirect_uri: redirect_uri.to_owned(),
                    redirect_uri_sent: true,
                    code_challenge: Some(CHALLENGE.to_owned()),
                    created_at: now,
                    expires_at,
                    used_at: None,
                };
                codes::insert(tx, &code, hash).await?;
            }
            Kind::RefreshToken => {
                let token = RefreshToken { hash, grant_id, generation: 0, created_at: now, expires_at, used_at: None };
                refresh_tokens::insert(tx, &token).await?;
            }
        }
    }
    Ok(())
}

/// Without `openid`: an ID token's RSA signature would be all that is measured.
fn grant(who: Who, number: u64) -> Grant {
    let now = now();
    Grant {
        id: GrantId::new(now, &SeededRandom::new(number)),
        server_id: "default".parse().unwrap_or_else(|_| unreachable!("an id")),
        application_id: who.application,
        user_id: who.user,
        session_id: None,
        scopes: vec!["offline_access".to_owned(), "public_api.read".to_owned()],
        resources: Vec::new(),
        nonce: None,
        claims: None,
        authentication: Authentication { at: now, amr: vec![AuthenticationMethod::Password] },
        created_at: now,
        last_used_at: now,
        expires_at: now.plus_secs(DAY),
        ended_at: None,
    }
}

async fn who(db: &Db, gatehouse: &Gatehouse) -> Result<Who> {
    let client_id = value(gatehouse, "WEB_CLIENT_ID").to_owned();
    let email = Email::parse(value(gatehouse, "CUSTOMER_EMAIL")).map_err(|error| anyhow::anyhow!("{error}"))?;
    let read = async move |tx: &mut Tx| {
        let application = applications::find_by_client_id(tx, &client_id).await?;
        Ok::<_, DbError>((application, users::find_by_email(tx, &email).await?))
    };
    let (application, user) = db.read(read).await?;
    Ok(Who {
        application: application.context("no sample web application")?.id,
        user: user.context("no sample customer")?.id,
    })
}

/// Of `dev.env`.
fn value<'a>(gatehouse: &'a Gatehouse, name: &str) -> &'a str {
    gatehouse.env.get(name).map_or("", String::as_str)
}

/// What every exchange of the sample web application begins with.
fn form(gatehouse: &Gatehouse, kind: Kind) -> String {
    let client = format!(
        "client_id={}&client_secret={}",
        value(gatehouse, "WEB_CLIENT_ID"),
        value(gatehouse, "WEB_CLIENT_SECRET")
    );
    match kind {
        Kind::RefreshToken => format!("{client}&grant_type=refresh_token"),
        Kind::Code => format!(
            "{client}&grant_type=authorization_code&code_verifier={VERIFIER}&redirect_uri={}",
            value(gatehouse, "WEB_REDIRECT_URI")
        ),
    }
}

#[expect(clippy::disallowed_methods, reason = "what is written must be good by the server's clock")]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_secs(i64::try_from(since.as_secs()).unwrap_or(0))
}
