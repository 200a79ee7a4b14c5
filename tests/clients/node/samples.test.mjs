// Runs the samples as a reader would, credentials in the environment: copied from docs/samples.md, and from the API's
// page as the developer sees it, where everything but the secret is filled in.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { clientId, testId } from './support.mjs';

const tsx = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, 'node_modules/.bin/tsx');

const docs = { folder: process.env.SAMPLES, env: process.env };
const page = { folder: join(process.env.SAMPLES, 'page'), env: without('TOKEN_URL', 'API_URL', 'CLIENT_ID', 'SCOPE') };

/** What the page's tabs show, by the name of the file that the documentation gives it. */
const FILES = {
  'Get a token: curl': 'get_token.sh',
  'Get a token: Express': 'access-token.mjs',
  'Get a token: TypeScript': 'get_token.ts',
  'Get a token: Python': 'get_token.py',
  'Call the API: curl': 'list_sessions.sh',
  'Call the API: Express': 'express.mjs',
  'Call the API: TypeScript': 'list_sessions.ts',
  'Call the API: Python': 'list_sessions.py',
};

function isToken(text) {
  const token = JSON.parse(text);
  assert.equal(token.token_type, 'Bearer');
  assert.equal(token.access_token.split('.').length, 3);
  return token.access_token;
}

function isPage(text) {
  const page = JSON.parse(text);
  assert.equal(page.testId, testId);
  assert.ok(page.sessions.length > 0);
}

for (const [where, reader] of Object.entries({ 'the documentation': docs, 'the page': page })) {
  describe(`samples of ${where}`, () => {
    if (reader === page) before(copyFromThePage);

    for (const [language, program, options, extension] of [
      ['curl', 'bash', [], 'sh'],
      ['TypeScript', tsx, [], 'ts'],
      ['Python', process.env.PYTHON, [], 'py'],
    ]) {
      test(`${language}: the token, then the call`, async () => {
        const token = isToken(await run(reader, program, [...options, `get_token.${extension}`]));
        isPage(await run(reader, program, [...options, `list_sessions.${extension}`], { ACCESS_TOKEN: token }));
      });
    }

    test('Express: the token is asked for once', async () => {
      const script = `
        const { withAccessToken } = await import('./access-token.mjs');
        const asked = globalThis.fetch;
        let times = 0;
        globalThis.fetch = (...what) => { times += 1; return asked(...what); };
        const [first, second] = [{ locals: {} }, { locals: {} }];
        await withAccessToken({}, first, () => {});
        await withAccessToken({}, second, () => {});
        console.log(JSON.stringify({ first, second, times }));`;
      const { first, second, times } = JSON.parse(await run(reader, process.execPath, ['--input-type=module', '--eval', script]));
      assert.equal(first.locals.accessToken.split('.').length, 3);
      assert.deepEqual({ second, times }, { second: first, times: 1 });
    });

    test('Express: the sessions', async (t) => {
      const sessions = await fetch(await started(t, reader, {}));
      assert.equal(sessions.status, 200, await sessions.clone().text());
      isPage(await sessions.text());
    });

    test('Express: a refusal is passed on, not swallowed', async (t) => {
      const sessions = await fetch(await started(t, reader, { CLIENT_SECRET: 'wrong' }));
      assert.equal(sessions.status, 502);
      assert.equal((await sessions.json()).error, 'invalid_client');
    });
  });
}

async function run({ folder, env }, program, args, more = {}) {
  const child = spawn(program, args, { cwd: folder, env: { ...env, ...more } });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, `${program} ${args.join(' ')}: ${err}`);
  return out;
}

/** The Express sample, until the test ends. Gives the address of its sessions. */
async function started(t, { folder, env }, more) {
  const port = await freePort();
  const child = spawn(process.execPath, ['express.mjs'], { cwd: folder, env: { ...env, ...more, PORT: port } });
  t.after(() => child.kill());
  let err = '';
  child.stderr.on('data', (data) => (err += data));
  await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => assert.fail(err))]);
  return `http://127.0.0.1:${port}/sessions`;
}

/** Signs in as the owner of the sample application and copies what its page of the Results API shows. */
async function copyFromThePage() {
  const portal = process.env.GATEHOUSE_URL.replace(/\/$/, '');
  const cookie = await signIn(portal, { email: process.env.DEVELOPER_EMAIL, password: process.env.DEVELOPER_PASSWORD });
  const shown = await fetch(`${portal}/apis/results?client=${clientId}`, { headers: { cookie } });
  const blocks = (await shown.text()).matchAll(/aria-label="([^"]+)"><code>([^<]*)<\/code>/g);
  const texts = new Map([...blocks].map(([, title, html]) => [title, readable(html)]));
  await mkdir(page.folder, { recursive: true });
  for (const [title, file] of Object.entries(FILES)) {
    const text = texts.get(title);
    assert.ok(text, `the page shows no "${title}"`);
    await writeFile(join(page.folder, file), `${text}\n`);
  }
}

/** Through the form, as a browser does. Gives the cookie of the session. */
async function signIn(portal, fields) {
  const form = await fetch(`${portal}/sign-in`);
  const [, token] = /name="token" value="([^"]+)"/.exec(await form.text());
  const body = new URLSearchParams({ ...fields, token });
  const headers = { origin: portal, cookie: cookies(form) };
  const answer = await fetch(`${portal}/sign-in`, { method: 'POST', headers, body, redirect: 'manual' });
  assert.equal(answer.status, 303, await answer.text());
  return cookies(answer);
}

function cookies(response) {
  // Each with its attributes, a comma between two: none of ours has one in its value.
  return response.headers.get('set-cookie').split(/, (?=[^;,]+=)/).map((cookie) => cookie.split(';')[0]).join('; ');
}

function readable(html) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return html.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) => (code ? String.fromCodePoint(Number(code)) : named[name]));
}

function without(...names) {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.includes(name)));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return String(port);
}
