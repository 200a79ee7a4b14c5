import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { callsTheApi, clientId, clientSecret, issuer, listSessions, scope, wrongSecret } from './support.mjs';

const http = { [oauth.allowInsecureRequests]: true };
const client = { client_id: clientId };

async function discover(algorithm) {
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...http });
  return oauth.processDiscoveryResponse(issuer, response);
}

async function token(authentication, parameters = { scope }) {
  const server = await discover('oauth2');
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, http);
  return oauth.processClientCredentialsResponse(server, client, response);
}

function refusedWith(error, status) {
  return (failure) => {
    assert.ok(failure instanceof oauth.ResponseBodyError || failure instanceof oauth.WWWAuthenticateChallengeError, failure);
    assert.equal(failure.status, status);
    if (failure instanceof oauth.ResponseBodyError) assert.equal(failure.error, error);
    return true;
  };
}

test('discovery with the path inserted (RFC 8414)', async () => {
  const server = await discover('oauth2');
  assert.equal(server.issuer, issuer.href);
  assert.deepEqual(server.response_types_supported, ['code']);
  assert.ok(server.grant_types_supported.includes('client_credentials'));
  assert.equal(server.request_uri_parameter_supported, false);
});

test('discovery with the suffix says the same', async () => {
  const inserted = await discover('oauth2');
  const response = await fetch(`${issuer.href}/.well-known/oauth-authorization-server`);
  assert.equal(response.status, 200);
  assert.deepEqual(await oauth.processDiscoveryResponse(issuer, response), inserted);
});

for (const [name, authentication] of [
  ['client_secret_post', oauth.ClientSecretPost],
  ['client_secret_basic', oauth.ClientSecretBasic],
]) {
  test(`${name}: a token that opens the API`, async () => {
    const answer = await token(authentication(clientSecret));
    assert.equal(answer.token_type, 'bearer');
    assert.equal(answer.expires_in, 3600);
    assert.equal(answer.scope, scope);
    assert.equal(answer.refresh_token, undefined);
    await callsTheApi(assert, answer.access_token);
  });

  test(`${name}: a wrong secret is invalid_client`, async () => {
    await assert.rejects(token(authentication(wrongSecret)), refusedWith('invalid_client', 401));
  });
}

test('a scope that is not entitled is invalid_scope', async () => {
  const asked = token(oauth.ClientSecretPost(clientSecret), { scope: 'no.such.scope' });
  await assert.rejects(asked, refusedWith('invalid_scope', 400));
});

test('the access token is one of RFC 9068', async () => {
  const answer = await token(oauth.ClientSecretBasic(clientSecret));
  const server = await discover('oauth2');
  const [, payload] = answer.access_token.split('.');
  const { aud } = JSON.parse(Buffer.from(payload, 'base64url'));
  const request = new Request(issuer, { headers: { authorization: `Bearer ${answer.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request, aud, {
    [oauth.allowInsecureRequests]: true,
    signingAlgorithms: ['ES256'],
  });
  assert.equal(claims.client_id, clientId);
  assert.equal(claims.sub, clientId);
  assert.equal(claims.scope, scope);
});

test('a token with one character changed is refused by the API', async () => {
  const { access_token: good } = await token(oauth.ClientSecretPost(clientSecret));
  const [header, payload, signature] = good.split('.');
  const changed = (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1);
  const response = await listSessions({ token: `${header}.${payload}.${changed}` });
  assert.equal(response.status, 401);
  assert.match(response.headers.get('www-authenticate'), /^Bearer .*error="invalid_token"/);
});
