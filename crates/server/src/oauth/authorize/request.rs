//! Reads an authorization request: who asks, where the answer may go, what is wanted.

use std::sync::Arc;

use gatehouse_core::oauth::authorize::{AuthorizationRequest, Target, scopes, target};
use gatehouse_core::oauth::error::OAuthError;
use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::oauth::params::Params;
use gatehouse_core::oauth::resume::{Key, Resume};
use gatehouse_core::portal::application::ApplicationState;
use gatehouse_core::time::Timestamp;
use url::form_urlencoded::{Serializer, parse};

use super::refused::Refused;
use crate::directory::{Client, Server};
use crate::oauth::request::not_admitted;
use crate::state::App;

/// Our own parameter in the addresses to come back to: [`Resume`].
const RESUME: &str = "gatehouse_resume";

/// Longest request in bytes: with what the pages add, its address stays within what browsers and proxies take.
const LONGEST: usize = 10_000;

/// A request that can be answered.
pub(super) struct Asked {
    pub(super) server: Arc<Server>,
    pub(super) client: Arc<Client>,
    pub(super) target: Target,
    /// `prompt=none`, whatever else is wrong: no page is shown.
    pub(super) silent: bool,
    /// What is wanted, or the error that goes to the redirect URI.
    pub(super) wanted: Result<Wanted, OAuthError>,
    /// How far it has come, if that is genuine; `None` for one that has just come.
    pub(super) resume: Option<Resume>,
    read_at: Timestamp,
    /// The parameters in one spelling.
    pub(super) query: String,
    /// Authenticate what the pages carry.
    pub(super) keys: Vec<Key>,
}

/// What a good request wants.
pub(super) struct Wanted {
    pub(super) request: AuthorizationRequest,
    pub(super) scopes: Vec<String>,
    pub(super) resources: Vec<String>,
}

impl Asked {
    /// The address to come back to.
    pub(super) fn path(&self) -> String {
        format!("{}?{}", self.own_path("authorize"), self.carried())
    }

    /// The same, the account being chosen.
    pub(super) fn path_chosen(&self) -> String {
        let resume = Resume { chosen: true, ..self.so_far() };
        format!("{}?{}", self.own_path("authorize"), self.carried_with(resume))
    }

    /// A path of this endpoint's server: of the endpoint itself, or of a form below it.
    pub(super) fn own_path(&self, name: &str) -> String {
        format!("/oauth2/{}/v1/{name}", self.server.id)
    }

    /// The request as forms carry it.
    pub(super) fn carried(&self) -> String {
        self.carried_with(self.so_far())
    }

    fn carried_with(&self, resume: Resume) -> String {
        let resume = resume.seal(&self.keys, &bound(&self.server.id, &self.query));
        Serializer::new(self.query.clone()).append_pair(RESUME, &resume).finish()
    }

    fn so_far(&self) -> Resume {
        self.resume.unwrap_or(Resume { since: self.read_at, chosen: false })
    }
}

/// Reads a request; `query` is form-urlencoded.
pub(super) async fn read(app: &App, server_id: &str, query: &str) -> Result<Asked, Refused> {
    let now = app.ctx.now();
    let server = app.directory.server(server_id).ok_or(Refused::NoServer)?;
    let params = Params::parse(query.as_bytes()).map_err(|error| Refused::nobody(&error))?;
    let client_id = params.get("client_id").ok_or_else(|| Refused::because("client_id is missing"))?;
    let client = app.directory.client(&app.ctx, client_id).await.map_err(Refused::database)?;
    let client = client.ok_or_else(|| Refused::because("client_id is unknown"))?;
    may_ask(&client).map_err(|reason| Refused::of(&client, reason))?;
    let (target, checked) =
        target(&params, &client.application).map_err(|fault| Refused::of(&client, fault.to_string()))?;
    let wanted = checked.and_then(|()| wanted((&server, &client), &params, query, now));
    let (query, resume) = canonical(query);
    let keys = app.ctx.key_encryption_keys().map_err(Refused::Failed)?.derive("authorize resume", server_id.as_bytes());
    let resume = resume.and_then(|text| Resume::open(&text, &keys, &bound(server_id, &query), now));
    let silent = params.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "none"));
    Ok(Asked { server, client, target, silent, wanted, resume, read_at: now, query, keys })
}

/// Who may send people here at all. Redirect URIs of an application that nobody has ever let have anything were seen by
/// nobody either: with `prompt=none` a link to this server would lead there at once (RFC 9700 §4.11.2).
fn may_ask(client: &Client) -> Result<(), &'static str> {
    let application = &client.application;
    match application.state {
        ApplicationState::Active if application.application_type.may_use(GrantType::AuthorizationCode) => client
            .was_approved
            .then_some(())
            .ok_or("the application has no access yet: nothing was ever approved for it"),
        ApplicationState::Active => Err("an application of this type signs nobody in: it has no redirect URIs"),
        ApplicationState::Suspended => Err("the application is suspended: its page in the portal says why"),
        ApplicationState::Deleted => Err("the application was deleted"),
    }
}

fn wanted(
    (server, client): (&Server, &Client),
    params: &Params<'_>,
    query: &str,
    now: Timestamp,
) -> Result<Wanted, OAuthError> {
    if query.len() > LONGEST {
        return Err(OAuthError::invalid_request(
            "the request is longer than 10,000 bytes: send less in claims or state",
        ));
    }
    if !server.admission.admits(&client.client_id) {
        return Err(not_admitted());
    }
    let request = AuthorizationRequest::parse(params, &client.application)?;
    let resources: Vec<&str> = params.all("resource").collect();
    let grantable = client.grantable(&server.id, GrantType::AuthorizationCode);
    let known = |audience: &str| server.api(audience).is_some();
    let scopes = scopes(&client.application, (grantable, known), params.get("scope"), &resources, now)?;
    Ok(Wanted {
        request,
        scopes: scopes.all().map(str::to_owned).collect(),
        resources: resources.into_iter().map(str::to_owned).collect(),
    })
}

/// The parameters in one spelling, so that an address that was parsed and written again on its way is still the same
/// request; and our own parameter apart.
fn canonical(query: &str) -> (String, Option<String>) {
    let mut resume = None;
    let mut out = Serializer::new(String::new());
    for (name, value) in parse(query.as_bytes()) {
        if name == RESUME {
            resume = Some(value.into_owned());
        } else {
            out.append_pair(&name, &value);
        }
    }
    (out.finish(), resume)
}

/// Neither part holds a line end.
fn bound(server_id: &str, query: &str) -> String {
    format!("{server_id}\n{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_whoever_wrote_it() {
        let (query, resume) = canonical("a=%7Eb+c&x='%C3%A9&gatehouse_resume=r&flag&");
        assert_eq!((query.as_str(), resume.as_deref()), ("a=%7Eb+c&x=%27%C3%A9&flag=", Some("r")));
        assert_eq!(canonical(&query), (query, None));
    }
}
