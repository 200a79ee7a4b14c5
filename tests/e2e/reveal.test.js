// A secret by link, to somebody without an account: from the operator's command line to a browser, once.

import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { Keyboard, Pointer } from './support/hands.js';
import { manage, url } from './support/installation.js';
import { Person } from './support/person.js';
import { newLink } from './support/reveal.js';
import { close } from './support/site.js';

after(close);

/** How often each link was revealed. */
async function states({ id }) {
  const { items } = await manage('GET', `/applications/${id}/secret_links`);
  return items.map(({ state }) => state);
}

it('a link shows a secret once, and its key is never sent', async () => {
  const { application, address } = await newLink();
  const [path, key] = address.split('#');
  const guest = await Person.come({ Hands: Keyboard });
  const { page } = guest;
  const sent = [];
  page.on('request', (request) => { sent.push(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData()}`); });
  await guest.opens(address);
  await guest.sees('Credentials for you');
  assert.equal(await page.getByText('Your browser cannot open them here').isVisible(), false);
  await page.reload();
  assert.deepEqual(await states(application), ['open'], 'looking uses nothing up');

  await guest.hands.press('Reveal');
  await guest.sees('As environment');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'As environment');
  assert.equal(await page.evaluate(() => location.href), url + path);
  const block = await guest.takes(page.locator('pre code').filter({ visible: true }));
  const { TOKEN_URL, CLIENT_ID, CLIENT_SECRET } = Object.fromEntries(block.split('\n').map((line) => line.split('=', 2)));
  assert.equal(CLIENT_ID, application.client_id);
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: CLIENT_ID, client_secret: CLIENT_SECRET });
  const { error } = await (await fetch(TOKEN_URL, { method: 'POST', body })).json();
  assert.notEqual(error, 'invalid_client', 'the secret is taken');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await guest.hands.press('Copy');
  await guest.reads('Copied');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), block);
  assert.equal(sent.some((request) => request.includes(key)), false, 'the key stays in the browser');
  assert.deepEqual(await states(application), ['revealed']);
  assert.equal((await page.reload()).status(), 410);
  await guest.sees('This link does not work');
  guest.heard = guest.heard.filter((words) => !words.includes('status of 410'));
  await guest.leaves();
});

it('a cut link uses nothing up, and works when the rest is pasted', async () => {
  const { application, address } = await newLink();
  const guest = await Person.come({ Hands: Pointer });
  const { page } = guest;
  for (const cut of [address.split('#')[0], address.slice(0, -1), `${address}x`, `${address.slice(0, -1)}!`]) {
    await guest.opens('about:blank');
    await guest.opens(cut);
    await guest.reads('The link is not whole.');
    assert.equal(await page.getByRole('button', { name: 'Reveal' }).isVisible(), false, cut);
  }
  assert.deepEqual(await states(application), ['open']);
  await guest.opens(address);
  await guest.hands.press('Reveal');
  await guest.sees('As environment');
  await guest.leaves();
});

it('a link that was used meanwhile, or has another key, says what to do', async () => {
  const { address } = await newLink();
  const [first, second] = [await Person.come({ Hands: Pointer }), await Person.come({ Hands: Pointer })];
  await second.opens(address);
  const other = `${address.split('#')[0]}#${'A'.repeat(43)}`;
  await first.opens(other);
  await first.hands.press('Reveal');
  await first.reads('The link was changed on its way');
  await second.hands.press('Reveal');
  await second.sees('This link does not work');
  assert.equal(new URL(second.page.url()).hash, '');
  second.heard = second.heard.filter((words) => !words.includes('status of 410'));
  await first.leaves();
  await second.leaves();
});

it('without JavaScript the page says what to do and uses nothing up', async () => {
  const { application, address } = await newLink();
  const guest = await Person.come({ Hands: Pointer, javaScript: false });
  await guest.opens(address);
  await guest.reads('gatehouse reveal');
  assert.equal(await guest.page.getByRole('button', { name: 'Reveal' }).isVisible(), false);
  assert.deepEqual(await states(application), ['open']);
  await guest.leaves();
});

it('a page that did not come by https says what to do', async () => {
  const { address } = await newLink();
  const guest = await Person.come({ Hands: Pointer });
  await guest.page.addInitScript(() => { Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined }); });
  await guest.opens(address);
  await guest.reads('gatehouse reveal');
  assert.equal(await guest.page.getByRole('button', { name: 'Reveal' }).isVisible(), false);
  await guest.leaves();
});
