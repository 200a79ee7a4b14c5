//! Table `applications`.

use gatehouse_core::id::{ApplicationId, OrganizationId};
use gatehouse_core::jose::Algorithm;
use gatehouse_core::portal::application::{Application, ApplicationRecord, SignInScope};
use serde::Serialize;

use crate::db::{DbError, Row, Tx, Value};
use crate::{client_secrets, entitlements, params};

/// Adds an application.
pub async fn insert(tx: &mut Tx, application: &Application) -> Result<(), DbError> {
    let sql = "INSERT INTO applications (name, description, homepage, logo_url, contacts, type, environment, state, \
               api_user_id, redirect_uris, post_logout_redirect_uris, require_pkce, \
               require_pushed_authorization_requests, token_endpoint_auth_methods, \
               id_token_signed_response_alg, userinfo_signed_response_alg, subject_type, sector_identifier_uri, \
               backchannel_logout_uri, backchannel_logout_session_required, default_max_age, skip_consent, \
               sign_in_scopes, jwks, jwks_uri, updated_at, suspended_at, deleted_at, version, id, organization_id, \
               client_id, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
               $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)";
    let mut values = fields(application)?;
    values.extend_from_slice(params![
        application.id,
        application.organization_id,
        &application.client_id,
        application.created_at
    ]);
    tx.execute(sql, &values).await.map(drop)
}

/// One application.
pub async fn find(tx: &mut Tx, id: ApplicationId) -> Result<Option<Application>, DbError> {
    tx.query_opt("SELECT * FROM applications WHERE id = $1", params![id]).await?.as_ref().map(read).transpose()
}

/// One application, by what OAuth calls it.
pub async fn find_by_client_id(tx: &mut Tx, client_id: &str) -> Result<Option<Application>, DbError> {
    tx.query_opt("SELECT * FROM applications WHERE client_id = $1", params![client_id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The application with all that decides what its tokens may do; three statements.
pub async fn record_by_client_id(tx: &mut Tx, client_id: &str) -> Result<Option<ApplicationRecord>, DbError> {
    let Some(application) = find_by_client_id(tx, client_id).await? else { return Ok(None) };
    let secrets = client_secrets::of_application(tx, application.id).await?;
    let entitlements = entitlements::of_application(tx, application.id).await?;
    Ok(Some(ApplicationRecord { application, secrets, entitlements }))
}

/// Up to `limit` applications with ids greater than `after`, of one organization or of all; deleted ones are left out.
pub async fn list(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    after: &str,
    limit: i64,
) -> Result<Vec<Application>, DbError> {
    let sql = "SELECT * FROM applications WHERE (CAST($1 AS TEXT) IS NULL OR organization_id = $1) AND id > $2 \
               AND state <> 'deleted' ORDER BY id LIMIT $3";
    tx.query(sql, params![organization, after, limit]).await?.iter().map(read).collect()
}

/// Writes the next version. `false` when the stored one is not its predecessor: somebody else was faster.
pub async fn update(tx: &mut Tx, application: &Application) -> Result<bool, DbError> {
    let sql = "UPDATE applications SET name = $1, description = $2, homepage = $3, logo_url = $4, contacts = $5, \
               type = $6, environment = $7, state = $8, api_user_id = $9, redirect_uris = $10, \
               post_logout_redirect_uris = $11, require_pkce = $12, \
               require_pushed_authorization_requests = $13, token_endpoint_auth_methods = $14, \
               id_token_signed_response_alg = $15, userinfo_signed_response_alg = $16, subject_type = $17, \
               sector_identifier_uri = $18, backchannel_logout_uri = $19, backchannel_logout_session_required = $20, \
               default_max_age = $21, skip_consent = $22, sign_in_scopes = $23, jwks = $24, jwks_uri = $25, \
               updated_at = $26, suspended_at = $27, deleted_at = $28, version = $29 \
               WHERE id = $30 AND version = $31";
    let mut values = fields(application)?;
    values.extend_from_slice(params![application.id, application.version - 1]);
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Every redirect URI of every active application that runs in browsers.
pub async fn browser_redirect_uris(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    let sql = "SELECT redirect_uris FROM applications WHERE type = 'browser' AND state = 'active'";
    let lists =
        tx.query(sql, &[]).await?.iter().map(|row| row.json("redirect_uris")).collect::<Result<Vec<Vec<_>>, _>>()?;
    Ok(lists.into_iter().flatten().collect())
}

/// The algorithms that applications chose for ID tokens and userinfo answers.
pub async fn signing_algorithms(tx: &mut Tx) -> Result<Vec<Algorithm>, DbError> {
    let sql = "SELECT id_token_signed_response_alg AS alg FROM applications WHERE state <> 'deleted' \
               UNION SELECT userinfo_signed_response_alg FROM applications \
               WHERE state <> 'deleted' AND userinfo_signed_response_alg IS NOT NULL ORDER BY alg";
    tx.query(sql, &[]).await?.iter().map(|row| row.parse("alg")).collect()
}

/// Writes the next version of one that goes to another organization: its organization and API user, nothing else.
/// `false` when the stored one is not its predecessor.
pub async fn transfer(tx: &mut Tx, application: &Application) -> Result<bool, DbError> {
    let sql = "UPDATE applications SET organization_id = $1, api_user_id = $2, updated_at = $3, version = $4 \
               WHERE id = $5 AND version = $6";
    let params = params![
        application.organization_id,
        application.api_user_id,
        application.updated_at,
        application.version,
        application.id,
        application.version - 1
    ];
    Ok(tx.execute(sql, params).await? == 1)
}

/// Holds the row until the end of the transaction, so that what is counted among its secrets or entitlements stays so.
/// `false` when there is no such application.
pub async fn lock(tx: &mut Tx, id: ApplicationId) -> Result<bool, DbError> {
    let sql = "UPDATE applications SET version = version WHERE id = $1";
    Ok(tx.execute(sql, params![id]).await? == 1)
}

/// The columns that change, in the order of the placeholders of both statements.
fn fields(application: &Application) -> Result<Vec<Value>, DbError> {
    Ok(params![
        &application.name,
        application.description.as_ref(),
        application.homepage.as_ref(),
        application.logo_url.as_ref(),
        json(&application.contacts)?,
        application.application_type.as_str(),
        application.environment.as_str(),
        application.state.as_str(),
        application.api_user_id,
        json(&application.redirect_uris)?,
        json(&application.post_logout_redirect_uris)?,
        application.require_pkce,
        application.require_pushed_authorization_requests,
        json(&application.token_endpoint_auth_methods)?,
        application.id_token_signed_response_alg.as_str(),
        application.userinfo_signed_response_alg.map(Algorithm::as_str),
        application.subject_type.as_str(),
        application.sector_identifier_uri.as_ref(),
        application.backchannel_logout_uri.as_ref(),
        application.backchannel_logout_session_required,
        application.default_max_age,
        application.skip_consent,
        application.sign_in_scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
        application.jwks.as_ref().map(json).transpose()?,
        application.jwks_uri.as_ref(),
        application.updated_at,
        application.suspended_at,
        application.deleted_at,
        application.version,
    ]
    .to_vec())
}

fn read(row: &Row) -> Result<Application, DbError> {
    Ok(Application {
        id: row.parse("id")?,
        organization_id: row.parse("organization_id")?,
        client_id: row.get("client_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        homepage: row.get("homepage")?,
        logo_url: row.get("logo_url")?,
        contacts: row.json("contacts")?,
        application_type: row.parse("type")?,
        environment: row.parse("environment")?,
        state: row.parse("state")?,
        api_user_id: row.parse_opt("api_user_id")?,
        redirect_uris: row.json("redirect_uris")?,
        post_logout_redirect_uris: row.json("post_logout_redirect_uris")?,
        require_pkce: row.get("require_pkce")?,
        require_pushed_authorization_requests: row.get("require_pushed_authorization_requests")?,
        token_endpoint_auth_methods: row.json("token_endpoint_auth_methods")?,
        id_token_signed_response_alg: row.parse("id_token_signed_response_alg")?,
        userinfo_signed_response_alg: row.parse_opt("userinfo_signed_response_alg")?,
        subject_type: row.parse("subject_type")?,
        sector_identifier_uri: row.get("sector_identifier_uri")?,
        backchannel_logout_uri: row.get("backchannel_logout_uri")?,
        backchannel_logout_session_required: row.get("backchannel_logout_session_required")?,
        default_max_age: row.get("default_max_age")?,
        skip_consent: row.get("skip_consent")?,
        sign_in_scopes: sign_in_scopes(row)?,
        jwks: if row.get::<Option<String>>("jwks")?.is_some() { Some(row.json("jwks")?) } else { None },
        jwks_uri: row.get("jwks_uri")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        suspended_at: row.get("suspended_at")?,
        deleted_at: row.get("deleted_at")?,
        version: row.get("version")?,
    })
}

fn sign_in_scopes(row: &Row) -> Result<Vec<SignInScope>, DbError> {
    let text: String = row.get("sign_in_scopes")?;
    let unreadable = |name: &str| {
        DbError::Unreadable(format!(
            "applications {}: sign-in scope {name:?}",
            row.get::<String>("id").unwrap_or_default()
        ))
    };
    text.split_ascii_whitespace().map(|name| name.parse().map_err(|_| unreadable(name))).collect()
}

fn json(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Engine(format!("a value cannot be written as JSON: {error}")))
}

#[cfg(test)]
pub(crate) mod tests;
