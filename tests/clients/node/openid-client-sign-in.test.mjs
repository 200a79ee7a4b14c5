import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { callsTheApi, issuer, scope } from './support.mjs';
import { customer, email, redirectUri, webClientId, webClientSecret } from './customer.mjs';

const asked = `openid profile email offline_access ${scope}`;

function discover(options = {}) {
  return client.discovery(issuer, webClientId, undefined, client.ClientSecretPost(webClientSecret), {
    execute: [client.allowInsecureRequests], ...options,
  });
}

async function request(config, parameters = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const link = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: asked,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  });
  return { link, checks };
}

for (const algorithm of ['oidc', 'oauth2']) {
  test(`a customer signs in, the tokens open the API, and are refreshed (discovery: ${algorithm})`, async () => {
    const config = await discover({ algorithm });
    const { link, checks } = await request(config);
    const tokens = await client.authorizationCodeGrant(config, await customer().open(link), checks);
    assert.equal(tokens.scope, asked);
    const claims = tokens.claims();
    assert.equal(claims.iss, issuer.href);
    assert.equal(claims.aud, webClientId);
    await callsTheApi(assert, tokens.access_token);
    const again = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(again.claims().sub, claims.sub);
    assert.notEqual(again.refresh_token, tokens.refresh_token);
    await callsTheApi(assert, again.access_token);
  });
}

test('what the access token tells, and that its end is the end', async () => {
  const config = await discover();
  const { link, checks } = await request(config);
  const tokens = await client.authorizationCodeGrant(config, await customer().open(link), checks);
  const { sub } = tokens.claims();
  // The library refuses an answer about anybody else.
  const person = await client.fetchUserInfo(config, tokens.access_token, sub);
  assert.equal(person.email, email);
  assert.equal(person.email_verified, true);
  assert.ok(person.name);
  const told = await client.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual([told.active, told.sub, told.client_id], [true, sub, webClientId]);

  await client.tokenRevocation(config, tokens.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
  assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub), { code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' });
});

test('a customer signs out', async () => {
  const config = await discover();
  const browser = customer();
  const goes = async (parameters) => {
    const { link, checks } = await request(config, parameters);
    return client.authorizationCodeGrant(config, await browser.open(link), checks);
  };
  await goes();
  // The session goes on without a page, until it ends.
  const tokens = await goes({ prompt: 'none' });
  const state = client.randomState();
  const back = await browser.open(client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token, post_logout_redirect_uri: redirectUri, state,
  }));
  assert.equal(back.href, `${redirectUri}?state=${state}`);
  await assert.rejects(goes({ prompt: 'none' }), { error: 'login_required' });
});

test('form_post', async () => {
  const config = await discover();
  const { link, checks } = await request(config, { response_mode: 'form_post' });
  const answer = await customer().open(link);
  assert.equal(answer.method, 'POST');
  const tokens = await client.authorizationCodeGrant(config, answer, checks);
  assert.ok(tokens.claims().sub.startsWith('usr_'));
});

test('max_age: the ID token says when the customer signed in', async () => {
  const config = await discover();
  const { link, checks } = await request(config, { max_age: '60', prompt: 'login' });
  const tokens = await client.authorizationCodeGrant(config, await customer().open(link), { ...checks, maxAge: 60 });
  assert.ok(tokens.claims().auth_time <= Date.now() / 1000);
});

test('an error comes back as one', async () => {
  const config = await discover();
  const { link, checks } = await request(config, { prompt: 'none' });
  const failure = await client.authorizationCodeGrant(config, await customer().open(link), checks).catch((error) => error);
  assert.ok(failure instanceof client.AuthorizationResponseError, failure);
  assert.equal(failure.error, 'login_required');
});
