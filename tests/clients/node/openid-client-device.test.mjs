import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { customer, deviceClientId } from './customer.mjs';
import { callsTheApi, issuer, scope } from './support.mjs';

const asked = `openid profile email offline_access ${scope}`;

function discover(id = deviceClientId) {
  return client.discovery(issuer, id, undefined, client.None(), { execute: [client.allowInsecureRequests] });
}

test('a customer lets a device in, the tokens open the API, and are refreshed and revoked', async () => {
  const config = await discover();
  const device = await client.initiateDeviceAuthorization(config, { scope: asked });
  assert.equal(device.interval, 5);
  // It asks while the customer is still typing.
  const asking = client.pollDeviceAuthorizationGrant(config, device);
  assert.match(await customer().connect(device.verification_uri_complete), /You can go back to your device/);
  const tokens = await asking;
  assert.equal(tokens.scope, asked);
  const claims = tokens.claims();
  assert.equal(claims.iss, issuer.href);
  assert.equal(claims.aud, deviceClientId);
  await callsTheApi(assert, tokens.access_token);
  const again = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(again.claims().sub, claims.sub);
  await callsTheApi(assert, again.access_token);
  await client.tokenRevocation(config, again.refresh_token);
  const refused = await client.refreshTokenGrant(config, again.refresh_token).catch((error) => error);
  assert.equal(refused.error, 'invalid_grant');
});

test('another client has nothing of it', async () => {
  const refused = await discover('nobody').then((config) => client.initiateDeviceAuthorization(config, {})).catch((error) => error);
  assert.equal(refused.error, 'invalid_client');
});
