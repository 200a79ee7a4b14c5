import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { callsTheApi, issuer, scope } from './support.mjs';
import { customer, redirectUri, webClientId, webClientSecret } from './customer.mjs';

const http = { [oauth.allowInsecureRequests]: true };
const client = { client_id: webClientId };
const authentication = oauth.ClientSecretBasic(webClientSecret);

test('the code flow with every check of the library', async () => {
  const found = await oauth.discoveryRequest(issuer, http);
  const server = await oauth.processDiscoveryResponse(issuer, found);
  assert.deepEqual(server.response_types_supported, ['code']);
  assert.equal(server.authorization_response_iss_parameter_supported, true);

  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
  const link = new URL(server.authorization_endpoint);
  link.search = new URLSearchParams({
    client_id: webClientId, redirect_uri: redirectUri, response_type: 'code', scope: `openid email offline_access ${scope}`,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', state, nonce,
  });
  const answer = oauth.validateAuthResponse(server, client, await customer().open(link), state);

  const exchange = () => oauth.authorizationCodeGrantRequest(server, client, authentication, answer, redirectUri, verifier, http);
  const response = await exchange();
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(server, response, http);
  await callsTheApi(assert, tokens.access_token);

  const refreshed = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, http);
  const again = await oauth.processRefreshTokenResponse(server, client, refreshed);
  await callsTheApi(assert, again.access_token);

  // A code is good once.
  const second = await exchange();
  await assert.rejects(oauth.processAuthorizationCodeResponse(server, client, second), { error: 'invalid_grant' });
});
