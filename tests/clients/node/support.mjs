// What `gatehouse dev` wrote to dev.env, as the judges use it.

import { webcrypto } from 'node:crypto';

// Node 18, which Debian 12 brings, has it only under this name.
globalThis.crypto ??= webcrypto;

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the judges are started by \`cargo xtask test\``);
  return value;
}

export const clientId = required('CLIENT_ID');
export const clientSecret = required('CLIENT_SECRET');
export const scope = required('SCOPE');
export const testId = required('TEST_ID');
export const tokenUrl = required('TOKEN_URL');
export const apiUrl = required('API_URL');
/** The issuer: what stands before `/v1/token`. */
export const issuer = new URL(tokenUrl.replace(/\/v1\/token$/, ''));

/** The same length and form, another last character: right in nothing but its looks. */
export const wrongSecret = clientSecret.slice(0, -1) + (clientSecret.endsWith('a') ? 'b' : 'a');

/** Asks the management API; fails with what it says. */
export async function manage(method, address, body) {
  const response = await fetch(new URL(`/manage/v1${address}`, required('GATEHOUSE_URL')), {
    method,
    headers: { authorization: `Bearer ${required('OPERATOR_KEY')}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** The list call, with the token in the given header. */
export function listSessions(headers) {
  const url = new URL(`${apiUrl.replace(/\/$/, '')}/v2/sessionResults`);
  url.search = new URLSearchParams({ testId, limit: '3', offset: '0' });
  return fetch(url, { headers: { accept: 'application/json', ...headers } });
}

/** Both header styles answer the same page of sessions. */
export async function callsTheApi(assert, accessToken) {
  const pages = [];
  for (const headers of [{ token: accessToken }, { authorization: `Bearer ${accessToken}` }]) {
    const response = await listSessions(headers);
    assert.equal(response.status, 200, await response.clone().text());
    const page = await response.json();
    assert.equal(page.testId, testId);
    assert.equal(page.sessions.length, 3);
    assert.deepEqual({ limit: page.meta.pagination.limit, offset: page.meta.pagination.offset }, { limit: 3, offset: 0 });
    pages.push(page);
  }
  assert.deepEqual(pages[0], pages[1]);
}
