// Every page × role: axe in light and dark, html-validate, console, policy, links, focus, 320 px; with and without
// JavaScript.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { pages } from './pages.js';
import { checkPage, checkPageWithoutJavaScript } from './support/check.js';
import { close, site } from './support/site.js';
import { addressOf } from './support/world.js';

describe('pages', { concurrency: 2 }, () => {
  after(close);
  for (const entry of pages) {
    for (const role of entry.roles) {
      it(`${entry.name} as ${role}`, () => keeps(checkPage, entry, role));
      if (!entry.same) it(`${entry.name} as ${role} without JavaScript`, () => keeps(checkPageWithoutJavaScript, entry, role));
    }
  }
});

async function keeps(check, entry, role) {
  const page = await site.page({ role });
  const problems = await check(page, await addressOf(entry), { status: entry.status, reader: role });
  await page.context().close();
  assert.equal(problems.join('\n'), '');
}
