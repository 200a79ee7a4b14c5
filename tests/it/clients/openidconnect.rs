//! The `openidconnect` crate signs a customer in: discovery, code flow with PKCE and nonce, the ID token by its rules,
//! userinfo, refresh, sign-out.

use std::collections::HashMap;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreTokenResponse, CoreUserInfoClaims};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IntrospectionUrl, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RefreshToken, Scope,
    TokenIntrospectionResponse as _, TokenResponse as _,
};

use super::customer::Customer;
use super::send;
use crate::support::binary::{Env, Installation};
use crate::support::http;

const SCOPES: [&str; 4] = ["profile", "email", "offline_access", "public_api.read"];

/// As discovery leaves it, with the endpoint that the crate does not look for.
type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The sample web application.
struct Application<'a> {
    env: &'a Env,
    client: Client,
    metadata: ProviderMetadataWithLogout,
}

impl<'a> Application<'a> {
    async fn discover(env: &'a Env) -> Self {
        let issuer = IssuerUrl::new(env.get("ISSUER").to_owned()).expect("an address");
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &send).await.expect("metadata and keys");
        let introspect = IntrospectionUrl::new(format!("{}/v1/introspect", env.get("ISSUER"))).expect("an address");
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(env.get("WEB_CLIENT_ID").to_owned()),
            Some(ClientSecret::new(env.get("WEB_CLIENT_SECRET").to_owned())),
        )
        .set_redirect_uri(RedirectUrl::new(env.get("WEB_REDIRECT_URI").to_owned()).expect("an address"))
        .set_introspection_url(introspect);
        Self { env, client, metadata }
    }

    /// The customer's way there and back; the error is that of the answer.
    async fn sign_in(&self, customer: &mut Customer<'_>, prompt: Option<&str>) -> Result<SignedIn, String> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        if let Some(prompt) = prompt {
            request = request.add_extra_param("prompt", prompt);
        }
        let scopes = SCOPES.map(|scope| Scope::new(scope.to_owned()));
        let (link, state, nonce) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        let back = customer.open(&link).await;
        let answer: HashMap<String, String> = back.query_pairs().into_owned().collect();
        assert_eq!(answer["state"], *state.secret());
        assert_eq!(answer["iss"], self.env.get("ISSUER"));
        let Some(code) = answer.get("code") else { return Err(answer["error"].clone()) };
        let exchange = self.client.exchange_code(AuthorizationCode::new(code.clone())).expect("an endpoint");
        let tokens = exchange.set_pkce_verifier(verifier).request_async(&send).await.expect("tokens");
        Ok(SignedIn { tokens, nonce })
    }

    async fn userinfo(&self, signed_in: &SignedIn, token: &AccessToken) -> CoreUserInfoClaims {
        let subject = signed_in.subject(self);
        let request = self.client.user_info(token.clone(), Some(subject)).expect("an endpoint");
        request.request_async(&send).await.expect("claims of the same person")
    }

    async fn is_active(&self, token: &AccessToken) -> bool {
        self.client.introspect(token).request_async(&send).await.expect("an answer").active()
    }
}

/// The tokens, and the nonce that the ID token must hold.
struct SignedIn {
    tokens: CoreTokenResponse,
    nonce: Nonce,
}

impl SignedIn {
    /// Who it is, when the ID token keeps every rule of the crate and belongs to the access token.
    fn subject(&self, application: &Application<'_>) -> openidconnect::SubjectIdentifier {
        let verifier = application.client.id_token_verifier();
        let id_token = self.tokens.id_token().expect("an ID token");
        let claims = id_token.claims(&verifier, &self.nonce).expect("it verifies");
        let (alg, key) = (id_token.signing_alg().expect("one"), id_token.signing_key(&verifier).expect("one"));
        let hash = AccessTokenHash::from_token(self.tokens.access_token(), alg, key).expect("a hash");
        assert_eq!(claims.access_token_hash(), Some(&hash));
        claims.subject().clone()
    }
}

#[tokio::test]
async fn openidconnect_signs_a_customer_in_refreshes_and_signs_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let dev = Installation::new(folder.path(), None).start();
    let application = Application::discover(&dev.env).await;
    let mut customer = Customer::new(&dev.env);

    let first = application.sign_in(&mut customer, None).await.expect("tokens");
    let subject = first.subject(&application);
    assert!(subject.starts_with("usr_"), "{subject:?}");
    let another = first.tokens.id_token().expect("an ID token");
    assert!(another.claims(&application.client.id_token_verifier(), &Nonce::new_random()).is_err());
    let person = application.userinfo(&first, first.tokens.access_token()).await;
    assert_eq!(person.email().map(|email| email.as_str()), Some(dev.env.get("CUSTOMER_EMAIL")));

    let refresh_token = first.tokens.refresh_token().expect("a refresh token");
    let refresh = application.client.exchange_refresh_token(refresh_token).expect("an endpoint");
    let again: CoreTokenResponse = refresh.request_async(&send).await.expect("tokens");
    assert_ne!(again.access_token().secret(), first.tokens.access_token().secret());
    assert_ne!(again.refresh_token().map(RefreshToken::secret), Some(refresh_token.secret()));
    assert_eq!(application.userinfo(&first, again.access_token()).await.subject(), &subject);

    // The crate revokes at https addresses only.
    assert!(application.is_active(again.access_token()).await);
    revoke(&dev.env, again.refresh_token().expect("a refresh token").secret()).await;
    assert!(!application.is_active(again.access_token()).await);

    let last = application.sign_in(&mut customer, Some("none")).await.expect("the session goes on");
    let home = dev.env.get("WEB_REDIRECT_URI");
    let end = application.metadata.additional_metadata().end_session_endpoint.clone().expect("it is advertised");
    let goodbye = LogoutRequest::from(end)
        .set_id_token_hint(last.tokens.id_token().expect("an ID token"))
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(home.to_owned()).expect("an address"))
        .set_state(CsrfToken::new("out".to_owned()));
    assert_eq!(customer.open(&goodbye.http_get_url()).await.as_str(), format!("{home}?state=out"));
    let refused = application.sign_in(&mut customer, Some("none")).await.err();
    assert_eq!(refused.as_deref(), Some("login_required"));
}

async fn revoke(env: &Env, token: &str) {
    let client = [("client_id", env.get("WEB_CLIENT_ID")), ("client_secret", env.get("WEB_CLIENT_SECRET"))];
    let form = [client[0], client[1], ("token", token)];
    let answer = http().post(format!("{}/v1/revoke", env.get("ISSUER"))).form(&form).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
}
