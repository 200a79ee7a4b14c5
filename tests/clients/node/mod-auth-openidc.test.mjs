// mod_auth_openidc, as Debian has it, in an Apache of this test's own: a page that only customers see.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { customer, email } from './customer.mjs';
import { issuer, manage } from './support.mjs';

const PROGRAM = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';
const START_SECONDS = 30;

const files = new URL('../apache/', import.meta.url);
const port = await freePort();
const site = `http://127.0.0.1:${port}`;
const protectedPage = `${site}/protected.html`;
const callback = `${site}/callback`;
const signedOut = `${site}/signed-out.html`;
const application = await newApplication();
const apache = await start();
after(() => apache.end());

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const free = server.address().port;
  await new Promise((resolve) => { server.close(resolve); });
  return free;
}

async function newApplication() {
  const { items } = await manage('GET', '/applications');
  const { id, client_id } = await manage('POST', '/applications', {
    organization_id: items.find((one) => one.name === 'Sample application').organization_id,
    name: 'Page behind Apache',
    type: 'web',
    // Its Apache hears of logouts without TLS.
    environment: 'sandbox',
    redirect_uris: [callback],
    post_logout_redirect_uris: [signedOut],
    protocol: { sign_in_scopes: ['openid', 'email', 'offline_access'] },
  });
  await manage('PATCH', `/applications/${id}`, { backchannel_logout_uri: `${callback}?logout=backchannel` });
  const { client_secret: secret } = await manage('POST', `/applications/${id}/secrets`, {});
  return { clientId: client_id, secret };
}

/** The pages where another user can read them: started by root, Apache serves as `www-data`. */
async function newFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-apache-'));
  const pages = path.join(folder, 'pages');
  await mkdir(pages);
  for (const name of ['protected.html', 'signed-out.html']) {
    await writeFile(path.join(pages, name), await readFile(new URL(name, files)));
    await chmod(path.join(pages, name), 0o644);
  }
  await chmod(pages, 0o755);
  await chmod(folder, 0o755);
  return folder;
}

/** In the foreground, so that its end is the end of this process and no other. */
async function start() {
  const folder = await newFolder();
  const running = spawn(PROGRAM, ['-f', fileURLToPath(new URL('httpd.conf', files)), '-D', 'FOREGROUND'], {
    env: {
      FOLDER: folder,
      PORT: port,
      MODULES,
      ISSUER: issuer.href,
      APACHE_CLIENT_ID: application.clientId,
      APACHE_CLIENT_SECRET: application.secret,
      PASSPHRASE: randomBytes(24).toString('hex'),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(running, 'exit');
  const log = () => readFile(path.join(folder, 'log'), 'utf8').catch(() => 'there is no log');
  const end = async () => {
    running.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true });
  };
  for (let round = 0; round < START_SECONDS * 10 && running.exitCode === null; round += 1) {
    const answer = await fetch(signedOut).catch(() => undefined);
    if (answer?.ok) return { end, log };
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  const said = await log();
  await end();
  throw new Error(`Apache does not answer:\n${said}`);
}

/** The page, after whatever it takes. */
async function page(response) {
  const text = await response.text();
  assert.equal(response.status, 200, `${text}\n${await apache.log()}`);
  return text;
}

/** What the module keeps about the browser's session. */
async function kept(browser) {
  const response = await browser.send(`${callback}?info=json`);
  return JSON.parse(await page(response));
}

/** What a request without a page would be answered. */
async function withoutPage(browser) {
  const link = new URL(`${issuer}/v1/authorize`);
  link.search = new URLSearchParams({
    client_id: application.clientId, redirect_uri: callback, response_type: 'code', scope: 'openid', prompt: 'none',
    code_challenge: 'x'.repeat(43), code_challenge_method: 'S256',
  });
  const { headers } = await browser.send(link);
  return new URL(headers.get('location')).searchParams;
}

async function isActive(token) {
  const response = await fetch(`${issuer}/v1/introspect`, {
    method: 'POST',
    body: new URLSearchParams({ token, client_id: application.clientId, client_secret: application.secret }),
  });
  return (await response.json()).active;
}

test('a page behind mod_auth_openidc: signing in, refreshing, signing out', async () => {
  const browser = customer([site]);
  const shown = await page(await browser.open(protectedPage));
  const before = await kept(browser);
  const { sub } = before.id_token;
  assert.match(sub, /^usr_/);
  assert.ok(shown.includes(`user=${sub}<`) && shown.includes(`email=${email}<`) && shown.includes(`iss=${issuer}<`), shown);
  assert.deepEqual([before.userinfo.sub, before.userinfo.email], [sub, email]);

  const { access_token: accessToken } = before;
  const refresh = new URL(callback);
  refresh.search = new URLSearchParams({ refresh: protectedPage, access_token: accessToken });
  assert.equal(await page(await browser.open(refresh)), shown);
  const refreshed = await kept(browser);
  assert.notEqual(refreshed.access_token, accessToken);
  assert.notEqual(refreshed.refresh_token, before.refresh_token);
  assert.equal(await isActive(refreshed.access_token), true);

  assert.ok((await withoutPage(browser)).has('code'));
  const goodbye = new URL(callback);
  goodbye.search = new URLSearchParams({ logout: signedOut });
  assert.match(await page(await browser.open(goodbye)), /Signed out\./);
  assert.equal((await withoutPage(browser)).get('error'), 'login_required');
  const asked = new URL((await browser.send(protectedPage)).headers.get('location'));
  assert.equal(asked.origin + asked.pathname, `${issuer}/v1/authorize`);
  // The module gives back what it held.
  assert.equal(await isActive(refreshed.access_token), false);
});

test('a session behind mod_auth_openidc ends when the customer signs out elsewhere', { timeout: 60_000 }, async () => {
  const [browser, other] = [customer([site]), customer([site])];
  const shown = await page(await browser.open(protectedPage));
  await page(await other.open(protectedPage));
  assert.equal(await page(await browser.send(protectedPage)), shown);
  const left = await browser.send(new URL('/sign-out', issuer), {});
  assert.equal(left.status, 303);
  // Told within a second or two; what is waited for is the module's own answer.
  let answer;
  do {
    answer = await browser.send(protectedPage);
    await answer.text();
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  } while (answer.status === 200);
  const asked = new URL(answer.headers.get('location'));
  assert.equal(asked.origin + asked.pathname, `${issuer}/v1/authorize`);
  assert.equal(await page(await other.send(protectedPage)), shown, 'another browser of the same customer goes on');
});
