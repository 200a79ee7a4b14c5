//! What a program reads from its environment to get a token and call an API: the block that is handed out with a secret.

use gatehouse_core::oauth::grant_type::GrantType;
use gatehouse_core::secret::Secret;
use gatehouse_core::time::Timestamp;

use super::overview::{Access, Overview};

/// Everything but the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Where tokens come from.
    pub token_url: String,
    /// Where calls go.
    pub api_url: String,
    /// What the program may ask for by itself; empty when it has nothing yet.
    pub scope: String,
}

impl Environment {
    /// Of an application, with the base addresses of issuers and of APIs.
    pub fn of(overview: &Overview, (issuer_url, api_url): (&str, &str), now: Timestamp) -> Self {
        let found = for_programs(overview, now);
        let server = found.as_ref().map_or("default", |(access, _)| access.api.server_id.as_str());
        let may = overview.application.application_type.may_use(GrantType::ClientCredentials);
        Self {
            token_url: format!("{issuer_url}/oauth2/{server}/v1/token"),
            api_url: api_url.to_owned(),
            scope: found.filter(|_| may).map_or_else(String::new, |(_, scopes)| scopes.join(" ")),
        }
    }

    /// As lines of a `.env` file.
    pub fn with(&self, client_id: &str, secret: &Secret) -> Secret {
        let Self { token_url, api_url, scope } = self;
        // A shell that reads the file takes several scopes as one value.
        let quote = if scope.contains(' ') { "\"" } else { "" };
        let secret = secret.expose();
        Secret::new(format!(
            "TOKEN_URL={token_url}\nAPI_URL={api_url}\nCLIENT_ID={client_id}\nCLIENT_SECRET={secret}\n\
             SCOPE={quote}{scope}{quote}"
        ))
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
mod tests {
    use super::*;

    #[test]
    fn several_scopes_are_one_value() {
        let env = Environment { token_url: "t".into(), api_url: "a".into(), scope: "x".into() };
        let lines = |env: &Environment| env.with("id", &Secret::new("s".into())).expose().to_owned();
        assert_eq!(lines(&env), "TOKEN_URL=t\nAPI_URL=a\nCLIENT_ID=id\nCLIENT_SECRET=s\nSCOPE=x");
        assert!(lines(&Environment { scope: "x y".into(), ..env }).ends_with("SCOPE=\"x y\""));
    }
}
