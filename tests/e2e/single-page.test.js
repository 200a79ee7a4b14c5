// oidc-client-ts in a page that has no server of its own: everything it asks for goes from its origin to ours, as CORS
// allows.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, it } from 'node:test';
import { Pointer } from './support/hands.js';
import { manage, newUser } from './support/installation.js';
import { Person } from './support/person.js';
import { close } from './support/site.js';

const { ISSUER } = process.env;
const SCOPE = 'openid profile email offline_access';

after(close);

/** Serves one page at every address; it makes the library's manager, and finishes whatever it came back from. */
async function application() {
  const library = await readFile(new URL('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url));
  let page;
  const server = createServer((request, response) => {
    const isScript = request.url === '/oidc-client-ts.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(isScript ? library : page);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  const client = await register(origin);
  page = pageOf({
    authority: ISSUER,
    client_id: client.client_id,
    redirect_uri: `${origin}/callback`,
    post_logout_redirect_uri: `${origin}/goodbye`,
    scope: SCOPE,
    loadUserInfo: true,
    automaticSilentRenew: false,
  });
  return { origin, clientId: client.client_id, close: () => server.close() };
}

async function register(origin) {
  const { items } = await manage('GET', '/applications');
  return manage('POST', '/applications', {
    organization_id: items.find((one) => one.name === 'Sample application').organization_id,
    name: 'Single page',
    type: 'browser',
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/goodbye`],
    protocol: { sign_in_scopes: SCOPE.split(' ') },
  });
}

const pageOf = (settings) => `<!doctype html>
<html lang="en">
<title>Single page</title>
<link rel="icon" href="data:,">
<script src="/oidc-client-ts.js"></script>
<main><h1>Starting</h1></main>
<script type="module">
  window.manager = new oidc.UserManager(${JSON.stringify(settings)});
  const say = (words) => { document.querySelector('h1').textContent = words; };
  try {
    if (location.pathname === '/callback') say('Welcome ' + (await manager.signinCallback()).profile.email);
    else if (location.pathname === '/goodbye') { await manager.signoutCallback(); say('Goodbye'); }
    else say('Nobody');
  } catch (error) {
    say(error.error ?? error.message);
  }
</script>
</html>`;

/** What the page holds about who is signed in. */
const user = (page) => page.evaluate(async () => {
  const { access_token: access, refresh_token: refresh, id_token: id, profile, scope } = await window.manager.getUser();
  return { access, refresh, id, profile, scope };
});

/** Leaves the page without waiting for what the library then never answers. */
const redirects = (page, method, options = {}) =>
  page.evaluate(([name, given]) => { window.manager[name](given); }, [method, options]);

/** Status and error of the token endpoint. */
async function refusal(client, token) {
  const response = await fetch(`${ISSUER}/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', client_id: client.clientId, refresh_token: token }),
  });
  return [response.status, (await response.json()).error];
}

const userinfo = (token) => fetch(`${ISSUER}/v1/userinfo`, { headers: { authorization: `Bearer ${token}` } });

it('a page signs in, refreshes, revokes and signs out by oidc-client-ts', async () => {
  const [client, who] = [await application(), await newUser()];
  const customer = await Person.come({ Hands: Pointer });
  const { page } = customer;
  const answers = [];
  page.on('response', (response) => answers.push(`${response.request().method()} ${new URL(response.url()).pathname} ${response.status()}`));

  await customer.opens(client.origin);
  await customer.sees('Nobody');
  await redirects(page, 'signinRedirect', { nonce: 'this time' });
  await customer.hands.fill('E-mail address', who.email);
  await customer.hands.fill('Password', who.password);
  await customer.hands.press('Sign in');
  await customer.sees('Allow Single page?');
  await customer.hands.press('Allow');
  await customer.sees(`Welcome ${who.email}`);
  const first = await user(page);
  assert.deepEqual([first.profile.sub, first.profile.iss, first.profile.aud, first.scope], [who.id, ISSUER, client.clientId, SCOPE]);
  assert.equal(JSON.parse(atob(first.id.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).nonce, 'this time');

  // With the refresh token: no frame, no page.
  await page.evaluate(() => window.manager.signinSilent());
  const second = await user(page);
  assert.equal(second.profile.sub, first.profile.sub);
  assert.notEqual(second.access, first.access);
  assert.notEqual(second.refresh, first.refresh);
  assert.equal((await userinfo(second.access)).status, 200);
  for (const [method, path] of [['GET', '.well-known/openid-configuration'], ['POST', 'v1/token'], ['GET', 'v1/userinfo']]) {
    const asked = `${method} ${new URL(ISSUER).pathname}/${path} 200`;
    assert.ok(answers.includes(asked), `${asked} is not among ${answers.join(', ')}`);
  }

  await page.evaluate(() => window.manager.revokeTokens());
  assert.deepEqual(await refusal(client, second.refresh), [400, 'invalid_grant']);
  assert.equal((await userinfo(second.access)).status, 401);

  // The customer is signed in, and would only have to allow it again.
  await redirects(page, 'signinRedirect', { prompt: 'none' });
  await customer.sees('consent_required');
  await redirects(page, 'signoutRedirect');
  await customer.sees('Goodbye');
  assert.equal(await page.evaluate(() => window.manager.getUser()), null);
  await redirects(page, 'signinRedirect', { prompt: 'none' });
  await customer.sees('login_required');
  await customer.leaves();
  client.close();
});
