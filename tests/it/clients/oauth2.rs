//! The `oauth2` crate: client credentials by both methods, and what it makes of a refusal.

use std::error::Error;
use std::time::Duration;

use oauth2::basic::{BasicClient, BasicErrorResponseType};
use oauth2::{AuthType, ClientId, ClientSecret, RequestTokenError, Scope, TokenResponse as _, TokenUrl};

use super::send;
use crate::support::binary::{Env, Installation};
use crate::support::http;

async fn token(
    env: &Env,
    secret: &str,
    method: AuthType,
) -> Result<
    oauth2::basic::BasicTokenResponse,
    RequestTokenError<impl Error + use<>, oauth2::StandardErrorResponse<BasicErrorResponseType>>,
> {
    let client = BasicClient::new(ClientId::new(env.get("CLIENT_ID").to_owned()))
        .set_client_secret(ClientSecret::new(secret.to_owned()))
        .set_auth_type(method)
        .set_token_uri(TokenUrl::new(env.get("TOKEN_URL").to_owned()).expect("an address"));
    let scope = Scope::new(env.get("SCOPE").to_owned());
    client.exchange_client_credentials().add_scope(scope).request_async(&send).await
}

#[tokio::test]
async fn oauth2_gets_a_token_that_opens_the_api() {
    let folder = tempfile::tempdir().expect("a folder");
    let dev = Installation::new(folder.path(), None).start();
    let env = &dev.env;
    for method in [AuthType::RequestBody, AuthType::BasicAuth] {
        let token = token(env, env.get("CLIENT_SECRET"), method).await.expect("a token");
        assert_eq!(token.expires_in(), Some(Duration::from_secs(3600)));
        assert_eq!(token.scopes().map(|scopes| scopes[0].as_str()), Some(env.get("SCOPE")));
        let url = format!("{}/v2/sessionResults?testId={}", env.get("API_URL"), env.get("TEST_ID"));
        for (name, value) in [
            ("token", token.access_token().secret().clone()),
            ("authorization", format!("Bearer {}", token.access_token().secret())),
        ] {
            let page = http().get(&url).header(name, value).send().await.expect("an answer");
            assert_eq!(page.status(), 200, "{}", page.text().await.unwrap_or_default());
        }
    }
}

#[tokio::test]
async fn oauth2_understands_a_refusal() {
    let folder = tempfile::tempdir().expect("a folder");
    let dev = Installation::new(folder.path(), None).start();
    let env = &dev.env;
    for method in [AuthType::RequestBody, AuthType::BasicAuth] {
        match token(env, "wrong", method).await {
            Err(RequestTokenError::ServerResponse(refusal)) => {
                assert_eq!(*refusal.error(), BasicErrorResponseType::InvalidClient);
                assert!(refusal.error_description().is_some());
                assert!(refusal.error_uri().is_some());
            }
            other => panic!("not a refusal: {other:?}"),
        }
    }
}
