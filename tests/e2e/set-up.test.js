// The first admin of a new installation, by the link that its first start prints.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { checkPage, checkPageWithoutJavaScript } from './support/check.js';
import { binary } from './support/installation.js';
import { close, site } from './support/site.js';

let folder;
let server;
let link;

describe('set-up', () => {
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-set-up-'));
    const port = await freePort();
    const configuration = [
      `portal_url = "http://localhost:${port}"`,
      `listen = ["127.0.0.1:${port}", "[::1]:${port}"]`,
      'operator_listen = []',
      `key_encryption_keys = ["${randomBytes(32).toString('base64')}"]`,
      'data_folder = "data"',
      'log_level = "warn"',
    ];
    await writeFile(path.join(folder, 'gatehouse.toml'), configuration.join('\n'));
    server = spawn(binary, ['serve'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    link = await printedLink(server);
  });
  after(async () => {
    await close();
    const ended = new Promise((resolve) => { server.once('exit', resolve); });
    server.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true });
  });

  it('keeps what every page keeps, and uses nothing up', async () => {
    for (const check of [checkPage, checkPageWithoutJavaScript]) {
      const page = await site.page();
      assert.equal((await check(page, () => page.goto(link))).join('\n'), '');
      await page.context().close();
    }
  });

  it('says what is wrong beside its field, keeps what was typed, and works once', async () => {
    const page = await site.page({ javaScript: false });
    await page.goto(link);
    await page.getByLabel('Your name').fill('Ada Admin');
    await page.getByLabel('E-mail address').fill('nobody');
    await page.getByLabel('Password').fill('four unrelated words');
    await page.getByRole('button', { name: 'Create admin account' }).click();
    await page.getByRole('alert').getByRole('link').first().click();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'email');
    assert.equal(await page.getByLabel('Your name').inputValue(), 'Ada Admin');
    assert.equal(await page.getByLabel('Password').inputValue(), '');

    await page.getByLabel('E-mail address').fill('ada@example.com');
    await page.getByLabel('Password').fill('four unrelated words');
    await page.getByRole('button', { name: 'Create admin account' }).click();
    await page.getByRole('heading', { name: 'Gatehouse is set up' }).waitFor();
    assert.equal((await page.goto(link)).status(), 410);
    await page.context().close();
  });
});

/** The address in what the server prints. */
async function printedLink({ stdout }) {
  for await (const line of createInterface(stdout)) {
    const found = /https?:\S+\/set-up\/\S+/.exec(line);
    if (found) return found[0];
  }
  throw new Error('the server ended before it printed a link');
}

/** One that was free a moment ago. */
async function freePort() {
  const probe = createServer();
  await new Promise((listening) => { probe.listen(0, '127.0.0.1', listening); });
  const { port } = probe.address();
  await new Promise((closed) => { probe.close(closed); });
  return port;
}
