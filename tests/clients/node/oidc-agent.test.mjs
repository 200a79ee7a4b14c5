// oidc-agent, a program in C that keeps tokens for command lines: signs a user in by the device flow, refreshes, is started
// anew with what it has stored, and signs out.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { customer, deviceClientId } from './customer.mjs';
import { callsTheApi, issuer, listSessions, scope } from './support.mjs';

const run = promisify(execFile);
const ACCOUNT = 'gatehouse';
const asked = `openid profile email offline_access ${scope}`;
let folder;
let env;
let agent;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'oidc-agent-'));
  env = {
    ...process.env, HOME: folder, TMPDIR: folder, OIDC_CONFIG_DIR: path.join(folder, 'config'),
    OIDC_SOCK: path.join(folder, 'socket'), OIDC_ENCRYPTION_PW: 'only for this test',
  };
  await run('mkdir', [env.OIDC_CONFIG_DIR]);
  await start();
});

after(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function start() {
  const options = ['--console', '--no-autoload', '--no-autoreauthenticate', '--socket-path', env.OIDC_SOCK];
  agent = spawn('oidc-agent', options, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  for (;;) {
    if (await access(env.OIDC_SOCK).then(() => true, () => false)) return;
    if (agent.exitCode !== null) throw new Error(`oidc-agent ended with ${agent.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stop() {
  const ended = once(agent, 'exit');
  agent.kill();
  await ended;
  await rm(env.OIDC_SOCK, { force: true });
}

/** What a program prints. */
async function says(program, ...options) {
  const { stdout } = await run(program, options, { env });
  return stdout.trim();
}

/** Makes the account: shows a code, and waits until the customer has answered elsewhere. */
async function signIn() {
  const options = [
    ACCOUNT, '--flow=device', '--manual', '--no-url-call', '--prompt=none', '--confirm-yes', '--pw-env', '--client-secret=',
    `--issuer=${issuer.href}`, `--client-id=${deviceClientId}`, `--scope=${asked}`,
  ];
  const gen = spawn('oidc-gen', options, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(gen, 'exit');
  let shown = '';
  // It speaks to people on the one and to programs on the other.
  const code = new Promise((resolve) => {
    for (const stream of [gen.stdout, gen.stderr]) {
      stream.on('data', (data) => {
        shown += data;
        const found = /visit:\s+(\S+)\s+And enter the code: ([A-Z]{4}-[A-Z]{4})/.exec(shown);
        if (found) resolve(`${found[1]}?user_code=${found[2]}`);
      });
    }
  });
  const address = await Promise.race([code, ended]);
  assert.equal(typeof address, 'string', shown);
  assert.match(await customer().connect(address), /You can go back to your device/);
  const [status] = await ended;
  assert.equal(status, 0, shown);
}

test('signs a customer in by the device flow, refreshes, starts again, signs out', async () => {
  await signIn();
  const first = await says('oidc-token', ACCOUNT);
  await callsTheApi(assert, first);
  assert.equal(await says('oidc-token', ACCOUNT), first, 'kept while it is good');

  const second = await says('oidc-token', '--force-new', ACCOUNT);
  assert.notEqual(second, first);
  await callsTheApi(assert, second);

  // What it has stored is the newest refresh token of the family.
  await stop();
  await start();
  await says('oidc-add', '--pw-env', ACCOUNT);
  const third = await says('oidc-token', ACCOUNT);
  assert.notEqual(third, second);
  await callsTheApi(assert, third);
  const narrow = await says('oidc-token', '--force-new', `--scope=${scope}`, ACCOUNT);
  assert.equal(JSON.parse(Buffer.from(narrow.split('.')[1], 'base64url')).scope, scope);

  // Deleting the account revokes its refresh token, and with it everything that came of it.
  await says('oidc-gen', '--delete', '--pw-env', '--confirm-yes', ACCOUNT);
  for (let tries = 0; (await listSessions({ token: third })).status !== 401; tries += 1) {
    assert.ok(tries < 200, 'the access token outlives the account');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await assert.rejects(says('oidc-token', ACCOUNT));
});
