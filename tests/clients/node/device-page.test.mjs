// Runs what docs/device.md shows, as it stands there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { customer } from './customer.mjs';
import { callsTheApi } from './support.mjs';

const run = promisify(execFile);
const page = await readFile(new URL('../../../docs/device.md', import.meta.url), 'utf8');

test('the commands', async () => {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)];
  // The values of dev.env are in the environment already.
  const [begin, ask] = blocks.map(([, text]) => text.replace('set -a; . gatehouse-dev/dev.env; set +a\n', ''));
  const begun = JSON.parse((await run('sh', ['-euc', begin])).stdout);
  const filled = ask.replace('the device_code of the answer', begun.device_code);
  assert.notEqual(filled, ask);
  const asks = async () => JSON.parse((await run('sh', ['-euc', filled])).stdout);
  assert.equal((await asks()).error, 'authorization_pending');
  await customer().connect(begun.verification_uri_complete);
  const tokens = await asks();
  assert.ok(tokens.id_token && tokens.refresh_token, JSON.stringify(tokens));
  await callsTheApi(assert, tokens.access_token);
});
