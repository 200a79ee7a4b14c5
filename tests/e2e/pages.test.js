// Every page × role: axe in light and dark, html-validate, console, policy, links, focus, 320 px; with and without
// JavaScript.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { pages } from './pages.js';
import { checkPage, checkPageWithoutJavaScript } from './support/check.js';
import { close } from './support/site.js';
import { open } from './support/world.js';

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
  const { page, arrive } = await open(entry, { role });
  const schemes = entry.same ? ['light'] : ['light', 'dark'];
  const reader = entry.person ? entry.name : role;
  const problems = await check(page, arrive, { status: entry.status, reader, schemes });
  await page.context().close();
  assert.equal(problems.join('\n'), '');
}
