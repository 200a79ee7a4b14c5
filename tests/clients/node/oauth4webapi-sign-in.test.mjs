import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { callsTheApi, issuer, scope } from './support.mjs';
import { customer, email, redirectUri, webClientId, webClientSecret } from './customer.mjs';

const http = { [oauth.allowInsecureRequests]: true };
const client = { client_id: webClientId };
const authentication = oauth.ClientSecretBasic(webClientSecret);

const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));

/** Where the customer comes back to, and what the application kept for then. */
async function signIn(browser, parameters = {}) {
  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
  const link = new URL(server.authorization_endpoint);
  link.search = new URLSearchParams({
    client_id: webClientId, redirect_uri: redirectUri, response_type: 'code', scope: `openid email offline_access ${scope}`,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', state, nonce, ...parameters,
  });
  return { answer: oauth.validateAuthResponse(server, client, await browser.open(link), state), verifier, nonce };
}

const exchange = ({ answer, verifier }) =>
  oauth.authorizationCodeGrantRequest(server, client, authentication, answer, redirectUri, verifier, http);

async function tokensOf(came) {
  const response = await exchange(came);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: came.nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(server, response, http);
  return tokens;
}

async function introspected(token) {
  const response = await oauth.introspectionRequest(server, client, authentication, token, http);
  return oauth.processIntrospectionResponse(server, client, response);
}

test('the code flow with every check of the library', async () => {
  assert.deepEqual(server.response_types_supported, ['code']);
  assert.equal(server.authorization_response_iss_parameter_supported, true);
  const came = await signIn(customer());
  const tokens = await tokensOf(came);
  await callsTheApi(assert, tokens.access_token);

  const refreshed = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, http);
  const again = await oauth.processRefreshTokenResponse(server, client, refreshed);
  assert.notEqual(again.refresh_token, tokens.refresh_token);
  await callsTheApi(assert, again.access_token);

  // A code is good once.
  const second = await exchange(came);
  await assert.rejects(oauth.processAuthorizationCodeResponse(server, client, second), { error: 'invalid_grant' });
});

test('userinfo, introspection, revocation', async () => {
  const tokens = await tokensOf(await signIn(customer()));
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const userinfo = () => oauth.userInfoRequest(server, client, tokens.access_token, http);
  assert.equal((await oauth.processUserInfoResponse(server, client, sub, await userinfo())).email, email);
  const told = await introspected(tokens.access_token);
  assert.deepEqual([told.active, told.sub], [true, sub]);

  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, authentication, tokens.access_token, http),
  );
  assert.deepEqual(await introspected(tokens.access_token), { active: false });
  await assert.rejects(async () => oauth.processUserInfoResponse(server, client, sub, await userinfo()), {
    code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
  });
});

test('signed out, nobody comes back without a page', async () => {
  const browser = customer();
  await signIn(browser);
  const tokens = await tokensOf(await signIn(browser, { prompt: 'none' }));
  const link = new URL(server.end_session_endpoint);
  link.search = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: redirectUri, state: 'out' });
  assert.equal((await browser.open(link)).href, `${redirectUri}?state=out`);
  await assert.rejects(signIn(browser, { prompt: 'none' }), { error: 'login_required' });
});
