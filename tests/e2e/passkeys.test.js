// Passkeys with Chromium's own virtual authenticator: added, used to sign in and to prove more, not made twice.

import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { AUTHENTICATOR } from './support/factors.js';
import { Pointer } from './support/hands.js';
import { newAddress, newUser } from './support/installation.js';
import { linkTo, newestMail } from './support/mailbox.js';
import { Person } from './support/person.js';
import { close } from './support/site.js';

after(close);

/** In the page: an offer in the field that nobody takes. */
function offersForEver() {
  const get = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (wanted) => {
    if (wanted.mediation !== 'conditional') return get(wanted);
    return new Promise((_, fail) => { wanted.signal.addEventListener('abort', () => fail(wanted.signal.reason)); });
  };
}

it('a passkey from adding to proving more', async () => {
  const who = await newUser();
  const ann = await Person.come({ Hands: Pointer }, who);
  const { page } = ann;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR });
  const kept = async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length;
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  const add = async (password = who.password) => {
    await ann.opens('/profile/passkeys');
    await page.getByLabel('Name').fill('Laptop');
    await page.getByLabel('Present password').fill(password);
    await press('Add passkey');
  };

  const deleted = new Promise((told) => { devtools.on('WebAuthn.credentialDeleted', told); });
  await add('not the password');
  // The heading of the page is there before and after.
  await ann.sees('There is a problem');
  await deleted;
  assert.equal(await kept(), 0, 'one that was refused leaves the device');
  await add();
  await ann.reads('The passkey is added.');
  assert.equal(await kept(), 1);
  await page.context().clearCookies();
  await ann.opens('/sign-in?return_to=%2Fprofile');
  await ann.sees('Profile');
  // Whoever does not take what the field offers has the button.
  await page.addInitScript(offersForEver);
  await page.context().clearCookies();
  await ann.opens('/sign-in?return_to=%2Fprofile');
  await press('Use a passkey');
  await ann.sees('Profile');
  await ann.opens('/sign-in?step_up=phr&return_to=%2Fprofile');
  await ann.sees('Confirm that it is you');
  await press('Use a passkey');
  await ann.sees('Profile');
  await add();
  await ann.reads('This device has a passkey for your account already.');
  await ann.leaves();
});

it('an account begins with a passkey', async () => {
  const email = newAddress('passkey-first');
  const una = await Person.come({ Hands: Pointer });
  const { page } = una;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR });
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  await una.opens('/sign-up');
  await page.getByLabel('Your name').fill('Una');
  await page.getByLabel('E-mail address').fill(email);
  await press('Use a passkey instead of a password');
  await una.reads(`We have sent a mail to ${email}`);
  await una.opens(linkTo(await newestMail(email, /verify/i), '/verify-email/'));
  await una.sees('Finish your account');
  await press('Make a passkey');
  assert.deepEqual((await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials, [], 'no name, no passkey');
  await page.getByLabel('Name of the passkey').fill('Laptop');
  await press('Make a passkey');
  await una.reads('Your e-mail address is verified.');
  await una.opens('/sign-in?step_up=login&return_to=%2Fprofile');
  await una.sees('Confirm that it is you');
  await press('Use a passkey');
  await una.sees('Profile');
  await una.leaves();
});

it('without script there is the password', async () => {
  const visitor = await Person.come({ Hands: Pointer, javaScript: false });
  await visitor.opens('/sign-in');
  assert.equal(await visitor.page.getByRole('button', { name: 'Use a passkey' }).isVisible(), false);
  assert.equal(await visitor.page.getByLabel('Password').isVisible(), true);
  await visitor.leaves();
});
