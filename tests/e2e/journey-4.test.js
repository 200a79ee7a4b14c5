// Journey 4: a customer authorizes an application, in Chromium, which looks at `form-action` at every hop.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { application } from './support/authorize.js';
import { device } from './support/device.js';
import { Keyboard, Pointer } from './support/hands.js';
import { newUser } from './support/installation.js';
import { Person } from './support/person.js';
import { PHONE, close } from './support/site.js';

const NAME = 'Sample web application';

const WAYS = [
  { way: 'with a pointer', Hands: Pointer },
  { way: 'with the keyboard only', Hands: Keyboard },
  { way: 'without JavaScript', Hands: Pointer, javaScript: false },
  { way: 'at 375 px', Hands: Pointer, viewport: PHONE },
  { way: 'by form_post', Hands: Pointer, mode: 'form_post' },
  { way: 'by form_post without JavaScript', Hands: Pointer, javaScript: false, mode: 'form_post' },
];

describe('a customer authorizes an application', { concurrency: 2 }, () => {
  after(close);
  for (const { way, mode = 'query', ...how } of WAYS) {
    it(way, async () => {
      const [client, user] = [await application(), await newUser()];
      const customer = await Person.come(how);
      await customer.opens(client.link({ response_mode: mode }));
      await signIn(customer, user);

      await customer.sees(`Allow ${NAME}?`);
      for (const words of ['You will be sent to', user.email, 'See your e-mail address', 'Connected applications']) {
        await customer.reads(words);
      }
      await customer.hands.press('Allow');
      await arrives(customer, mode);

      // Nothing to ask any more: the form of the sign-in leads to the application by itself.
      await customer.page.context().clearCookies();
      await customer.opens(client.link({ response_mode: mode }));
      await signIn(customer, user);
      await arrives(customer, mode);

      await customer.opens(client.link({ prompt: 'consent' }));
      await customer.hands.press('Cancel');
      await customer.sees('access_denied');
      await customer.leaves();
      client.close();
    });
  }

  it('takes another account', async () => {
    const [client, first, second] = [await application(), await newUser(), await newUser()];
    const customer = await Person.come({ Hands: Pointer }, first);
    await customer.opens(client.link({ prompt: 'select_account' }));
    await customer.sees('Choose an account');
    await customer.hands.press('Use another account');
    await signIn(customer, second);
    await customer.reads(second.email);
    await customer.hands.press('Use another account');
    await signIn(customer, first);
    await customer.reads(first.email);
    await customer.hands.press('Allow');
    await customer.sees('Welcome');
    await customer.leaves();
    client.close();
  });

  it('proves once more who it is, and is asked once', async () => {
    const [client, user] = [await application(), await newUser()];
    const customer = await Person.come({ Hands: Pointer, javaScript: false }, user);
    await customer.opens(client.link({ prompt: 'login' }));
    await customer.sees('Confirm that it is you');
    await customer.hands.fill('Password', user.password);
    await customer.hands.press('Continue');
    await customer.sees(`Allow ${NAME}?`);
    await customer.hands.press('Allow');
    await customer.sees('Welcome');
    // Allowed before: the form of the password leads to the application by itself.
    await customer.opens(client.link({ prompt: 'login', max_age: '0' }));
    await customer.hands.fill('Password', user.password);
    await customer.hands.press('Continue');
    await customer.sees('Welcome');
    await customer.leaves();
    client.close();
  });
});

const DEVICE_WAYS = [
  { way: 'with the keyboard only', Hands: Keyboard },
  { way: 'without JavaScript at 375 px', Hands: Pointer, javaScript: false, viewport: PHONE },
];

describe('a customer lets a device in', { concurrency: 2 }, () => {
  after(close);
  for (const { way, ...how } of DEVICE_WAYS) {
    it(way, async () => {
      const [waiting, user] = [await device(), await newUser()];
      const customer = await Person.come(how);
      await customer.opens('/device');
      await signIn(customer, user, '');
      await customer.sees('Connect a device');
      await customer.hands.fill('Code on your device', 'bcdf ghjk');
      await customer.hands.press('Continue');
      await customer.reads('No device waits with this code');
      await customer.hands.fill('Code on your device', waiting.user_code.toLowerCase().replace('-', ' '));
      await customer.hands.press('Continue');
      await customer.sees('Connect Sample device to your account?');
      for (const words of [waiting.user_code, 'Only go on if you started this', user.email, 'See your e-mail address']) {
        await customer.reads(words);
      }
      assert.equal((await waiting.ask()).error, 'authorization_pending');
      await customer.hands.press('Allow');
      await customer.sees('You can go back to your device');
      assert.ok((await waiting.ask()).access_token);

      const other = await device();
      await customer.opens(new URL(other.verification_uri_complete).pathname + new URL(other.verification_uri_complete).search);
      await customer.hands.press('Continue');
      await customer.hands.press('Cancel');
      await customer.sees('Nothing was allowed');
      assert.equal((await other.ask()).error, 'access_denied');
      await customer.leaves();
    });
  }
});

async function signIn(customer, { email, password }, words = NAME) {
  await customer.sees('Sign in');
  await customer.reads(words);
  await customer.hands.fill('E-mail address', email);
  await customer.hands.fill('Password', password);
  await customer.hands.press('Sign in');
}

async function arrives(customer, mode) {
  if (mode === 'form_post' && !customer.hasScript) {
    await customer.sees(`On to ${NAME}`);
    await customer.hands.press('Continue');
  }
  await customer.sees('Welcome');
  const { hostname } = new URL(customer.page.url());
  assert.equal(hostname, '127.0.0.1');
}
