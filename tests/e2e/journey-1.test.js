// Journey 1: from nothing to the first API call. A developer, a reviewer and a program; four ways to walk it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Keyboard, Pointer } from './support/hands.js';
import { PATIENCE, manage, newAddress, newUser } from './support/installation.js';
import { linkTo, mailsTo, newestMail } from './support/mailbox.js';
import { Person } from './support/person.js';
import { PHONE, close } from './support/site.js';

const run = promisify(execFile);
const API = '/apis/results';
/** Titles of the scopes that are asked for. */
const [READ, DETAILS] = ['Read all results', 'Read tests, sessions and scores'];
const PASSWORD = 'four unrelated words';

const WAYS = [
  { way: 'with a pointer', Hands: Pointer, decision: 'all' },
  { way: 'with the keyboard only', Hands: Keyboard, decision: 'part' },
  { way: 'without JavaScript', Hands: Pointer, javaScript: false, decision: 'part' },
  { way: 'at 375 px', Hands: Pointer, viewport: PHONE, decision: 'all' },
];

describe('from nothing to the first API call', { concurrency: 2 }, () => {
  after(close);
  for (const { way, decision, ...how } of WAYS) {
    it(way, async () => {
      const email = newAddress('dora');
      const application = `Application of ${email}`;
      const developer = await Person.come(how);
      const reviewer = await Person.come(how, await newUser('reviewer'));

      await signUp(developer, email);
      await verify(developer, email);
      const reference = await ask(developer, application);
      await question(reviewer, application);
      await answer(developer, email, reference);
      await decide(reviewer, reference, decision);
      const secret = await collect(developer, email, decision);
      await join(email);
      await call(developer, secret);

      for (const mail of await mailsTo(email)) {
        assert.ok(!mail.text.includes(secret) && !mail.text.includes('gh_cs_'), mail.subject);
      }
      await developer.leaves();
      await reviewer.leaves();
    });
  }
});

/** Step 1, first half: an account. */
async function signUp(developer, email) {
  await developer.opens('/sign-up');
  await developer.sees('Sign up');
  await developer.hands.fill('Your name', 'Dora Developer');
  await developer.hands.fill('E-mail address', email);
  await developer.hands.fill('Password', PASSWORD);
  await developer.hands.press('Create account');
  await developer.page.waitForURL('**/sign-up/check-mail');
}

/** Step 1, second half: the link of the mail, after signing in. */
async function verify(developer, email) {
  const mail = await newestMail(email, /verify/i);
  await developer.opens(linkTo(mail, '/verify-email/'));
  await developer.sees('Sign in');
  await developer.hands.fill('E-mail address', email);
  await developer.hands.fill('Password', PASSWORD);
  await developer.hands.press('Sign in');
  await developer.sees('Verify your e-mail address');
  await developer.hands.press('Verify address');
  await developer.reads('Your e-mail address is verified.');
}

/** Steps 2 to 4: from the API's page to a reference number. A mistake first: nothing typed is lost. */
async function ask(developer, application) {
  const { hands, page } = developer;
  await developer.opens('/apis');
  await hands.follow(/Results API/);
  await hands.follow('Request access');
  await developer.sees('Request access to');
  assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 0, 'nothing is ticked beforehand');
  await hands.fill('Name of the application', application);
  await hands.tick(/Service/);
  await hands.fill('Your organization', `Organization of ${application}`);
  await hands.tick(READ);
  await hands.tick(DETAILS);
  await hands.fill('What does it do?', 'It shows results on our screens.');
  await hands.press('Submit request');

  await developer.sees('There is a problem');
  assert.equal(await page.getByLabel('Name of the application').inputValue(), application);
  assert.equal(await hands.choice(READ).isChecked(), true);
  await hands.tick(/I accept the terms/);
  await hands.press('Submit request');

  await developer.sees(`${application} asks for`);
  await developer.reads(/Expect a decision or a question by/);
  assert.match(page.url(), /\/requests\/[A-Z0-9-]+/);
  await developer.reads('Client id');
  return /\/requests\/([A-Z0-9-]+)/.exec(page.url())[1];
}

/** Journey 3: the reviewer finds the request in the queue and asks something. */
async function question(reviewer, application) {
  const { hands } = reviewer;
  await reviewer.opens('/review');
  await reviewer.sees('Review');
  await hands.follow(application);
  await reviewer.sees(`${application} asks for`);
  const asked = 'Who sees the screens?';
  await hands.fill('Write to the developer', asked);
  await hands.press('Assign to me');
  await reviewer.waitsFor(reviewer.page.getByLabel('Assignment').getByText('You', { exact: true }));
  const box = reviewer.page.getByLabel('Write to the developer');
  if (reviewer.hasScript) assert.equal(await box.inputValue(), asked, 'another form was sent, and this one is as it was');
  else await hands.fill('Write to the developer', asked);
  await hands.press('Send question');
  await reviewer.reads('The developer has been asked');
}

/** The developer answers by the link of the mail. */
async function answer(developer, email, reference) {
  const mail = await newestMail(email, /question/);
  await developer.opens(linkTo(mail, `/requests/${reference}`));
  await developer.reads('Who sees the screens?');
  await developer.hands.fill('Your answer', 'Our own team, nobody else.');
  await developer.hands.press('Send answer');
  await developer.reads('Answer sent');
}

/** A decision for each scope. */
async function decide(reviewer, reference, decision) {
  const { hands, page } = reviewer;
  await reviewer.opens(`/review/${reference}`);
  await reviewer.reads('Our own team, nobody else.');
  if (decision === 'all') {
    await hands.press('Approve all');
  } else {
    await verdict(reviewer, READ, 'Approve');
    await verdict(reviewer, DETAILS, 'Decline');
    const reason = page.getByRole('group', { name: DETAILS }).getByLabel('Reason for declining');
    await hands.write(reason, 'One permission is enough for that.');
    await hands.press('Decide');
  }
  await reviewer.reads(decision === 'all' ? 'Approved' : 'Partly approved');
}

async function verdict(reviewer, scope, word) {
  await reviewer.hands.choose(reviewer.page.getByRole('group', { name: scope }).getByRole('radio', { name: word }));
}

/** Steps 5 and 6: the mail without a secret, and the secret, once. */
async function collect(developer, email, decision) {
  const { hands, page } = developer;
  const mail = await newestMail(email, decision === 'all' ? /is approved$/ : /approved in part/);
  assert.match(mail.text, new RegExp(READ));
  await developer.opens(linkTo(mail, '/applications/'));
  await hands.follow('Collect the secret');
  await developer.sees('Collect the client secret');
  const shown = page.waitForResponse((response) => response.request().method() === 'POST');
  await hands.press('Show the secret once');
  await developer.sees('Your credentials');
  assert.match((await shown).headers()['cache-control'], /no-store/);
  const environment = await developer.takes(page.getByLabel('.env', { exact: true }));
  const secret = /^CLIENT_SECRET=["']?(gh_cs_[^"'\s]+)/m.exec(environment)?.[1];
  assert.ok(secret, 'the .env block holds the secret');
  return secret;
}

/** The data belongs to a customer, who lets the developer see it: an application sees what its API user sees. */
async function join(email) {
  const { items } = await manage('GET', '/workspaces');
  const { id } = items.find((workspace) => workspace.name === 'Nimbus Shop');
  await manage('POST', `/workspaces/${id}/members`, { user: email, role: 'member' });
}

/** Step 7: the two commands of the page, and the page that notices. */
async function call(developer, secret) {
  const { hands, page } = developer;
  const token = await developer.takes(page.getByLabel(/^Get a token: (curl|Shell)$/));
  const api = await developer.takes(page.getByLabel(/^Call the API: (curl|Shell)$/));
  await hands.follow('I have stored the secret');
  await developer.reads('Waiting for the first call.');
  assert.ok(!(await page.content()).includes(secret), 'the secret is not shown again');

  const answered = JSON.parse(await shell(token, { CLIENT_SECRET: secret }));
  JSON.parse(await shell(api, { CLIENT_SECRET: secret, ACCESS_TOKEN: answered.access_token }));
  const arrived = page.getByText('Calls arrive.');
  const deadline = Date.now() + PATIENCE;
  // With a script the page notices by itself; without one, whoever waits asks again.
  while (!developer.hasScript && (await arrived.count()) === 0 && Date.now() < deadline) {
    await hands.follow('Check again');
    await page.waitForLoadState();
  }
  await developer.waitsFor(arrived);
}

async function shell(command, environment) {
  const { stdout } = await run('bash', ['-c', command], { env: { ...process.env, ...environment } });
  return stdout;
}
