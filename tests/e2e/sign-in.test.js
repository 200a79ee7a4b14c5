// What the pages of signing in spare people: typing their address again, and finding the field.

import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { Pointer } from './support/hands.js';
import { newUser } from './support/installation.js';
import { Person } from './support/person.js';
import { close } from './support/site.js';

after(close);

/** What the cursor is in. */
function focused(page) {
  return page.evaluate(() => document.activeElement.name);
}

it('an address is typed once', async () => {
  const visitor = await Person.come({ Hands: Pointer });
  const { page } = visitor;
  const address = page.getByLabel('E-mail address');
  await visitor.opens('/sign-in');
  assert.equal(await focused(page), 'email');
  await address.fill('ann.typed@example.com');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await visitor.reads('There is a problem');
  await page.getByRole('link', { name: 'Forgotten your password?' }).click();
  await visitor.sees('Choose a new password');
  assert.equal(await address.inputValue(), 'ann.typed@example.com');
  await page.getByRole('button', { name: 'Send link' }).click();
  await visitor.reads('If ann.typed@example.com has an account');
  await visitor.opens('/sign-in');
  assert.equal(await address.inputValue(), 'ann.typed@example.com');
  assert.equal(await focused(page), 'password');
  await visitor.leaves();
});

it('an address is forgotten once somebody is signed in', async () => {
  const ann = await Person.come({ Hands: Pointer }, await newUser());
  const { page } = ann;
  await ann.opens('/profile');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.evaluate(() => sessionStorage.setItem('gatehouse.address', 'ann.typed@example.com'));
  await page.reload();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await ann.leaves();
});
