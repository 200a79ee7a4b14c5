// A device without a browser that waits for its person.

import { url } from './installation.js';

const clientId = process.env.DEVICE_CLIENT_ID;
if (!clientId) throw new Error('DEVICE_CLIENT_ID is not set: run these tests with `cargo xtask test --only browser`');

const SCOPE = 'openid profile email offline_access public_api.read';

async function post(endpoint, parameters) {
  const body = new URLSearchParams({ client_id: clientId, ...parameters });
  const response = await fetch(`${url}/oauth2/default/v1/${endpoint}`, { method: 'POST', body });
  return response.json();
}

/** Begins; `ask` is what it does every few seconds. */
export async function device() {
  const begun = await post('device/authorize', { scope: SCOPE });
  if (!begun.user_code) throw new Error(JSON.stringify(begun));
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  return { ...begun, ask: () => post('token', { grant_type, device_code: begun.device_code }) };
}

/** The page with a code filled in. */
export async function withCode() {
  return `/device?user_code=${(await device()).user_code}`;
}
