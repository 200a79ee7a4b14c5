// What openid-client and jose make of logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.6).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { customer } from './customer.mjs';
import { issuer, manage } from './support.mjs';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const redirectUri = 'http://127.0.0.1/callback';
const keys = createRemoteJWKSet(new URL(`${issuer}/v1/keys`));

/** What was heard. */
const heard = [];
let tell = () => {};
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  response.writeHead(200).end();
  heard.push({ method: request.method, type: request.headers['content-type'], form: new URLSearchParams(body) });
  tell();
}).listen(0, '127.0.0.1');
await once(receiver, 'listening');
after(() => receiver.close());

async function next() {
  while (heard.length === 0) await new Promise((resolve) => { tell = resolve; });
  return heard.shift();
}

async function newApplication(protocol) {
  const { items } = await manage('GET', '/applications');
  const { id, client_id: clientId } = await manage('POST', '/applications', {
    organization_id: items.find((one) => one.name === 'Sample application').organization_id,
    name: 'Hears of logouts',
    type: 'web',
    environment: 'sandbox',
    redirect_uris: [redirectUri],
    protocol: { sign_in_scopes: ['openid'] },
  });
  await manage('PATCH', `/applications/${id}`, {
    backchannel_logout_uri: `http://127.0.0.1:${receiver.address().port}/backchannel-logout`,
    backchannel_logout_session_required: true,
    ...protocol,
  });
  const { client_secret: secret } = await manage('POST', `/applications/${id}/secrets`, {});
  return client.discovery(issuer, clientId, { id_token_signed_response_alg: protocol.id_token_signed_response_alg },
    client.ClientSecretPost(secret), { execute: [client.allowInsecureRequests] });
}

async function signIn(config, browser) {
  const verifier = client.randomPKCECodeVerifier();
  const link = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  return client.authorizationCodeGrant(config, await browser.open(link), { pkceCodeVerifier: verifier });
}

for (const protocol of [
  { id_token_signed_response_alg: 'RS256', subject_type: 'public' },
  { id_token_signed_response_alg: 'ES256', subject_type: 'pairwise' },
]) {
  test(`a logout token by the rules: ${Object.values(protocol)}`, { timeout: 60_000 }, async () => {
    const config = await newApplication(protocol);
    const metadata = config.serverMetadata();
    assert.deepEqual([metadata.backchannel_logout_supported, metadata.backchannel_logout_session_supported], [true, true]);
    const browser = customer();
    const tokens = await signIn(config, browser);
    const left = await browser.send(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }));
    assert.equal(left.status, 200);
    const { method, type, form } = await next();
    assert.deepEqual([method, type, [...form.keys()]], ['POST', 'application/x-www-form-urlencoded', ['logout_token']]);
    const { payload } = await jwtVerify(form.get('logout_token'), keys, {
      issuer: issuer.href,
      audience: config.clientMetadata().client_id,
      typ: 'logout+jwt',
      algorithms: [protocol.id_token_signed_response_alg],
      maxTokenAge: '2 minutes',
      requiredClaims: ['iat', 'exp', 'jti', 'events', 'sub', 'sid'],
    });
    assert.deepEqual(payload.events, { [EVENT]: {} });
    assert.equal(payload.nonce, undefined);
    assert.ok(payload.exp - payload.iat <= 120);
    const { sub, sid } = tokens.claims();
    assert.deepEqual([payload.sub, payload.sid], [sub, sid]);
    // §4: one kind of token is not taken for another.
    assert.notEqual(decodeProtectedHeader(tokens.id_token).typ, 'logout+jwt');
    await assert.rejects(jwtVerify(tokens.id_token, keys, { typ: 'logout+jwt' }), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });
  });
}
