//! What a program reads from its environment to get a token and call an API: the block that is handed out with a secret.

use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::portal::application::Application;
use gatehouse_core::secret::Secret;
use gatehouse_core::time::Timestamp;

use super::overview::{Access, Overview};

/// Everything but the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Of the authorization server: discovery begins there.
    pub issuer: String,
    /// Where tokens come from.
    pub token_url: String,
    /// Where calls go.
    pub api_url: String,
    /// What the program may ask for by itself; empty when it has nothing yet.
    pub scope: String,
    /// Where people come back to; `None` for an application that signs nobody in, or has no redirect URI yet.
    pub redirect_uri: Option<String>,
}

impl Environment {
    /// Of an application, with the base addresses of issuers and of APIs.
    pub fn of(overview: &Overview, (issuer_url, api_url): (&str, &str), now: Timestamp) -> Self {
        let (application, found) = (&overview.application, for_programs(overview, now));
        let access = found.as_ref().map(|(access, _)| *access).or(overview.access.first());
        let issuer =
            format!("{issuer_url}/oauth2/{}", access.map_or("default", |access| access.api.server_id.as_str()));
        let may = |grant| application.application_type.may_use(grant);
        let redirect_uri = application.redirect_uris.first().filter(|_| may(GrantType::AuthorizationCode)).cloned();
        Self {
            token_url: format!("{issuer}/v1/token"),
            api_url: access.and_then(|access| access.elsewhere.as_deref()).unwrap_or(api_url).to_owned(),
            scope: found
                .filter(|_| may(GrantType::ClientCredentials))
                .map_or_else(String::new, |(_, scopes)| scopes.join(" ")),
            redirect_uri,
            issuer,
        }
    }

    /// As lines of a `.env` file.
    pub fn with(&self, client_id: &str, secret: &Secret) -> Secret {
        let Self { token_url, api_url, scope, .. } = self;
        // A shell that reads the file takes several scopes as one value.
        let quote = if scope.contains(' ') { "\"" } else { "" };
        let secret = secret.expose();
        let sign_in = self.sign_in(client_id, Some(secret));
        Secret::new(format!(
            "TOKEN_URL={token_url}\nAPI_URL={api_url}\nCLIENT_ID={client_id}\nCLIENT_SECRET={secret}\n\
             SCOPE={quote}{scope}{quote}{sign_in}"
        ))
    }

    /// The same for who signs people in only, while the secret is not at hand; empty when it cannot.
    pub fn without_secret(&self, application: &Application) -> String {
        let secret = application.application_type.is_confidential().then_some("''");
        match self.sign_in(&application.client_id, secret) {
            lines if lines.is_empty() => lines,
            lines => format!("TOKEN_URL={}\nAPI_URL={}{lines}\n", self.token_url, self.api_url),
        }
    }

    /// Under the names of the guide *Sign a customer in*, where another application's credentials stand beside them.
    fn sign_in(&self, client_id: &str, secret: Option<&str>) -> String {
        let Some(redirect_uri) = self.redirect_uri.as_ref() else { return String::new() };
        let secret = secret.map_or_else(String::new, |secret| format!("WEB_CLIENT_SECRET={secret}\n"));
        let redirect_uri = redirect_uri.replace('\'', "%27");
        format!("\nISSUER={}\nWEB_CLIENT_ID={client_id}\n{secret}WEB_REDIRECT_URI='{redirect_uri}'", self.issuer)
    }
}

/// The first API that an application may call by itself, and the scopes that it may ask for there.
pub fn for_programs(overview: &Overview, now: Timestamp) -> Option<(&Access, Vec<String>)> {
    let scopes = |access: &Access| -> Vec<String> {
        let effective = access.entitlement.effective_scopes(now).filter(|name| is_for_programs(access, name));
        effective.map(str::to_owned).collect()
    };
    overview.access.iter().map(|access| (access, scopes(access))).find(|(_, names)| !names.is_empty())
}

/// Whether `client_credentials` may ask for the scope.
fn is_for_programs(access: &Access, name: &str) -> bool {
    let scope = access.scopes.iter().find(|scope| scope.name == name);
    scope.is_some_and(|scope| scope.grant_types.contains(&GrantType::ClientCredentials))
}

#[cfg(test)]
mod tests;
