//! The answer to a token request in a customer's name: access token, and ID token where one was asked for.

use gatehouse_core::id::GrantId;
use gatehouse_core::identity::user::User;
use gatehouse_core::oauth::carried::{Asked, Carried, Rights, carried};
use gatehouse_core::oauth::grant::Grant;
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::oauth::refresh::RefreshToken;
use gatehouse_core::oauth::scope::OPENID;
use gatehouse_core::oauth::subject::subject;
use gatehouse_core::oauth::user_claims::Person;
use gatehouse_core::portal::application::SubjectType;
use gatehouse_core::secret::Secret;
use gatehouse_core::time::Timestamp;
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{grants, profiles, refresh_tokens, users};

use super::Issued;
use crate::directory::Server;
use crate::oauth::access_token::{self, Content, Customer};
use crate::oauth::client::Authenticated;
use crate::oauth::failure::Failure;
use crate::oauth::id_token;
use crate::state::App;

/// What an exchange came to.
pub(super) struct Exchanged {
    /// The authorization.
    pub(super) grant: Grant,
    /// The customer.
    pub(super) person: Person,
    /// For the ID token.
    pub(super) nonce: Option<String>,
    /// The new refresh token.
    pub(super) refresh_token: Option<Secret>,
}

/// The first exchange of an authorization: what a code or a device code is redeemed for.
pub(super) struct First<'a> {
    pub(super) server: &'a Server,
    pub(super) by: &'a Authenticated,
    /// The `resource` parameters.
    pub(super) resources: &'a [String],
    /// The value of the refresh token, if there is to be one.
    pub(super) refresh_token: &'a Secret,
}

impl First<'_> {
    /// Exchanges, in the transaction that uses the code up. `None` when the authorization has ended, or the customer can
    /// no longer act.
    pub(super) async fn exchange(
        &self,
        tx: &mut Tx,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<Option<Exchanged>, Failure> {
        let Some(grant) = grants::touch(tx, grant, now).await? else { return Ok(None) };
        let Some(person) = person(tx, &grant).await? else { return Ok(None) };
        // What cannot be answered uses nothing up.
        let resources: Vec<&str> = self.resources.iter().map(String::as_str).collect();
        carried(&grant, &rights(self.server, self.by, &grant), &Asked { scope: None, resources: &resources }, now)?;
        let refresh_token = match grant.is_offline() {
            true => {
                let idle = now.plus_secs(self.server.lifetimes.refresh_token_idle);
                let first = RefreshToken {
                    hash: self.refresh_token.hash(),
                    grant_id: grant.id,
                    generation: 0,
                    created_at: now,
                    expires_at: idle.min(grant.expires_at),
                    used_at: None,
                };
                refresh_tokens::insert(tx, &first).await?;
                Some(self.refresh_token.clone())
            }
            false => None,
        };
        let nonce = grant.nonce.clone();
        Ok(Some(Exchanged { grant, person, nonce, refresh_token }))
    }
}

/// What the application has now of what such a grant may carry.
pub(super) fn rights<'a>(server: &'a Server, by: &'a Authenticated, grant: &Grant) -> Rights<'a> {
    let grant_type = match grant.session_id {
        Some(_) => GrantType::AuthorizationCode,
        None => GrantType::DeviceCode,
    };
    Rights {
        grantable: by.client.grantable(&server.id, grant_type),
        sign_in: &by.client.application.sign_in_scopes,
        server_audience: &server.audience,
    }
}

/// The customer, if they can act; who is disabled or deleted gets nothing (CVE-2026-1609).
pub(super) async fn person(tx: &mut Tx, grant: &Grant) -> Result<Option<Person>, DbError> {
    let Some(user) = users::find(tx, grant.user_id).await?.filter(User::is_active) else { return Ok(None) };
    let profile = profiles::find(tx, grant.user_id).await?.unwrap_or_default();
    Ok(Some(Person { user, profile }))
}

/// Whether everything that signs is there: asked before anything is used up.
pub(super) fn ready(server: &Server, by: &Authenticated) -> Result<(), Failure> {
    if server.signing.is_none() {
        return Err(access_token::no_key(server));
    }
    match by.client.application.sign_in_scopes.is_empty() {
        true => Ok(()),
        false => id_token::signing(server, by.client.application.id_token_signed_response_alg).map(drop),
    }
}

/// Signs.
pub(super) async fn answer(
    app: &App,
    server: &Server,
    by: &Authenticated,
    (exchanged, asked): (Exchanged, &Asked<'_>),
    now: Timestamp,
) -> Result<Issued, Failure> {
    let Exchanged { grant, person, nonce, refresh_token } = exchanged;
    let rights = rights(server, by, &grant);
    let Carried { scopes, audiences, ends_at } = carried(&grant, &rights, asked, now)?;
    let application = &by.client.application;
    let subject = subject(application, grant.user_id, &app.directory.pairwise);
    let user_id = (application.subject_type == SubjectType::Public).then_some(grant.user_id);
    let scope = scopes.join(" ");
    let gid = grant.id.to_string();
    let content = Content {
        subject: &subject,
        customer: Some(Customer { user_id, authentication: &grant.authentication }),
        scopes: &scopes,
        scope: &scope,
        audiences: &audiences,
        gid: &gid,
        expires_in: access_token::lifetime(app, server, [ends_at, Some(grant.expires_at)], now),
    };
    let access_token = access_token::issue(app, server, by, &content, now).await?;
    let id_token = match scopes.contains(&OPENID) {
        true => {
            let about = id_token::About {
                application,
                grant: &grant,
                person: &person,
                subject: &subject,
                nonce: nonce.as_deref(),
                access_token: &access_token,
            };
            Some(id_token::issue(app, server, &about, now).await?)
        }
        false => None,
    };
    let issued = Issued::access_token_alone(access_token, content.expires_in, scope);
    Ok(Issued { id_token, refresh_token, ..issued })
}
