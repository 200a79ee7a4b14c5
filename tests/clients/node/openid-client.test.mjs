import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { callsTheApi, clientId, clientSecret, issuer, scope, wrongSecret } from './support.mjs';

function discover(authentication) {
  const options = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] };
  return client.discovery(issuer, clientId, undefined, authentication, options);
}

test('discovery', async () => {
  const server = (await discover(client.ClientSecretPost(clientSecret))).serverMetadata();
  assert.equal(server.issuer, issuer.href);
  assert.equal(server.token_endpoint, `${issuer.href}/v1/token`);
  assert.equal(server.jwks_uri, `${issuer.href}/v1/keys`);
});

for (const [name, authentication] of [
  ['client_secret_post', client.ClientSecretPost],
  ['client_secret_basic', client.ClientSecretBasic],
]) {
  test(`${name}: a token that opens the API`, async () => {
    const config = await discover(authentication(clientSecret));
    const tokens = await client.clientCredentialsGrant(config, { scope });
    assert.equal(tokens.scope, scope);
    assert.equal(tokens.expiresIn() > 3590, true);
    await callsTheApi(assert, tokens.access_token);
  });

  test(`${name}: a wrong secret is invalid_client`, async () => {
    const config = await discover(authentication(wrongSecret));
    await assert.rejects(client.clientCredentialsGrant(config, { scope }), (failure) => {
      if (failure instanceof client.ResponseBodyError) assert.equal(failure.error, 'invalid_client');
      else assert.ok(failure instanceof client.WWWAuthenticateChallengeError, failure);
      assert.equal(failure.status, 401);
      return true;
    });
  });
}

test('no scope asked: all entitled ones, listed in the answer', async () => {
  const config = await discover(client.ClientSecretPost(clientSecret));
  const tokens = await client.clientCredentialsGrant(config);
  assert.ok(tokens.scope.split(' ').includes(scope), tokens.scope);
});

test('the library calls the API with a protected resource request', async () => {
  const config = await discover(client.ClientSecretBasic(clientSecret));
  const { access_token: token } = await client.clientCredentialsGrant(config, { scope });
  const { apiUrl, testId } = await import('./support.mjs');
  const url = new URL(`${apiUrl.replace(/\/$/, '')}/v2/sessionResults?testId=${testId}`);
  const response = await client.fetchProtectedResource(config, token, url, 'GET');
  assert.equal(response.status, 200);
});
