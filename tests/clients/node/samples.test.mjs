// Runs the samples of docs/samples.md as a reader would: copied from the page, credentials in the environment.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { testId } from './support.mjs';

const folder = process.env.SAMPLES;
const tsx = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, 'node_modules/.bin/tsx');

async function run(program, args, env = {}) {
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env } });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, `${program} ${args.join(' ')}: ${err}`);
  return out;
}

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

for (const [language, program, before, extension] of [
  ['curl', 'bash', [], 'sh'],
  ['TypeScript', tsx, [], 'ts'],
  ['Python', process.env.PYTHON, [], 'py'],
]) {
  test(`${language}: the token, then the call`, async () => {
    const token = isToken(await run(program, [...before, `get_token.${extension}`]));
    isPage(await run(program, [...before, `list_sessions.${extension}`], { ACCESS_TOKEN: token }));
  });
}

test('Express: /token and /sessions', async (t) => {
  const port = await freePort();
  const child = spawn(process.execPath, ['express.mjs'], { cwd: folder, env: { ...process.env, PORT: port } });
  t.after(() => child.kill());
  await once(child.stdout, 'data');
  const sessions = await fetch(`http://127.0.0.1:${port}/sessions`);
  assert.equal(sessions.status, 200, await sessions.clone().text());
  isPage(await sessions.text());
});

test('Express: a refusal is passed on, not swallowed', async (t) => {
  const port = await freePort();
  const env = { ...process.env, PORT: port, CLIENT_SECRET: 'wrong' };
  const child = spawn(process.execPath, ['express.mjs'], { cwd: folder, env });
  t.after(() => child.kill());
  await once(child.stdout, 'data');
  const sessions = await fetch(`http://127.0.0.1:${port}/sessions`);
  assert.equal(sessions.status, 502);
  assert.equal((await sessions.json()).error, 'invalid_client');
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return String(port);
}
