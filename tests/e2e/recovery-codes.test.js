// Recovery codes are shown once: script makes a file of them, or prints them; without it they stand there to be copied.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, it } from 'node:test';
import { guarded, newCodes } from './support/factors.js';
import { close, site } from './support/site.js';

after(close);

async function shown(options) {
  const page = await site.page({ person: await guarded(), ...options });
  await page.goto('/profile/two-step/codes');
  await newCodes(page);
  await page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor();
  return page;
}

it('recovery codes become a file and a print', async () => {
  const page = await shown();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), 'recovery-codes.txt');
  const text = await readFile(await file.path(), 'utf8');
  assert.equal(text, await page.locator('#recovery-codes').textContent());
  assert.equal(text.trim().split('\n').length, 10);
  await page.evaluate(() => { globalThis.print = () => { document.title = 'Printed'; }; });
  await page.getByRole('button', { name: 'Print', exact: true }).click();
  assert.equal(await page.title(), 'Printed');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('button').count(), 0, 'paper has no buttons');
  assert.equal(await page.locator('#recovery-codes').isVisible(), true);
  await page.context().close();
});

it('recovery codes without script are read', async () => {
  const page = await shown({ javaScript: false });
  assert.equal(await page.locator('#recovery-codes').isVisible(), true);
  assert.equal(await page.getByRole('button', { name: 'Download' }).isVisible(), false);
  assert.equal(await page.getByRole('button', { name: 'Print' }).isVisible(), false);
  await page.context().close();
});
