// Runs what docs/sign-in.md shows, as it stands there.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { customer, redirectUri } from './customer.mjs';
import { callsTheApi } from './support.mjs';

const run = promisify(execFile);
const page = await readFile(new URL('../../../docs/sign-in.md', import.meta.url), 'utf8');

function blocks(language) {
  const found = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))];
  // The values of dev.env are in the environment already.
  return found.map(([, text]) => text.replace('set -a; . gatehouse-dev/dev.env; set +a\n', ''));
}

test('the commands', async () => {
  const [begin, exchange] = blocks('sh');
  const first = await run('sh', ['-euc', `${begin}\necho "$VERIFIER"`]);
  const [link, verifier] = first.stdout.trim().split('\n');
  const answer = await customer().open(link);
  const filled = exchange.replace('the address that you copied', answer.href);
  assert.notEqual(filled, exchange);
  const second = await run('sh', ['-euc', filled], { env: { ...process.env, VERIFIER: verifier } });
  const tokens = JSON.parse(second.stdout);
  assert.ok(tokens.id_token && tokens.refresh_token, second.stdout);
  await callsTheApi(assert, tokens.access_token);
});

test('the program', async () => {
  const folder = await mkdtemp(path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '.sign-in-'));
  const [program] = blocks('js');
  await writeFile(path.join(folder, 'sign-in.mjs'), program);
  const running = spawn(process.execPath, ['sign-in.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface({ input: running.stdout }), 'line');
    assert.equal(line, `Open ${new URL(redirectUri).origin}`);
    const begun = await fetch(new URL(redirectUri).origin, { redirect: 'manual' });
    const back = await customer().open(begun.headers.get('location'));
    const words = await fetch(back).then((response) => response.text());
    assert.match(words, /^Hello usr_\w+, you have 5 sessions here\.\n$/);
  } finally {
    running.kill();
    await rm(folder, { recursive: true });
  }
});
