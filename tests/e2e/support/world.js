// What pages need to be there. Each thing is made when the first page asks for it, and once.

import { newAddress, newUser, url } from './installation.js';
import { linkTo, newestMail } from './mailbox.js';
import { site } from './site.js';

const made = new Map();

/** Whom nobody sends any more. */
const FLOODED = newAddress('flooded');

/** A page of pages.js for somebody, not opened yet; `arrive` opens it and gives the answer. */
export async function open({ path, person, act }, { role, ...options }) {
  const page = await site.page({ role, ...options, person: await person?.() });
  const address = typeof path === 'function' ? await path() : path;
  const arrive = async () => {
    const response = await page.goto(address);
    return act ? acted(page, act) : response;
  };
  return { page, arrive };
}

/** What a form answers, or the page to which it leads; `act` may say what else is meant. */
async function acted(page, act) {
  const answered = page.waitForResponse((response) => isSent(response.request()) && !isRedirect(response));
  // When `act` fails, that is what is wrong.
  answered.catch(() => {});
  const response = (await act(page)) ?? (await answered);
  await page.waitForLoadState();
  return response;
}

function isSent(request) {
  return (request.redirectedFrom() ?? request).method() === 'POST';
}

function isRedirect(response) {
  return response.status() >= 300 && response.status() < 400;
}

function once(name, make) {
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}

/** A form, sent as a browser sends it. */
async function post(address, fields) {
  const body = new URLSearchParams(fields);
  const response = await fetch(`${url}${address}`, { method: 'POST', headers: { origin: url }, body, redirect: 'manual' });
  if (response.status !== 303) throw new Error(`POST ${address}: ${response.status} ${await response.text()}`);
}

/** Somebody who has signed up and not verified the address. */
export function newcomer() {
  return once('newcomer', async () => {
    const person = { email: newAddress('newcomer'), password: 'four unrelated words' };
    await post('/sign-up', { name: 'Nora Newcomer', email: person.email, password: person.password, time_zone: 'Europe/Berlin' });
    return person;
  });
}

/** The page of the link that verifies an address. */
export async function verification() {
  const { email } = await newcomer();
  return linkTo(await newestMail(email, /verify/i), '/verify-email/');
}

/** The page of the link to an account that was made without a password. */
export function unfinished() {
  return once('unfinished', () => unfinishedOf(newAddress('unfinished')));
}

/** The same for another address each time. */
export async function unfinishedOf(email) {
  await post('/sign-up', { name: 'Una Unfinished', email, time_zone: 'Europe/Berlin', way: 'passkey' });
  return linkTo(await newestMail(email, /verify/i), '/verify-email/');
}

/** The page of the link that resets a password. */
export function reset() {
  return once('reset', async () => {
    const { email } = await newUser();
    await post('/forgot-password', { email });
    return linkTo(await newestMail(email, /password/i), '/reset-password/');
  });
}

/** Somebody who wants another e-mail address. */
export function mover() {
  return once('mover', () => newUser());
}

/** Somebody who sets an authenticator app up, and whose tries count for nobody else. */
export function starter() {
  return once('starter', () => newUser());
}

/** The page of the link that confirms another address. */
export function confirmation() {
  return once('confirmation', async () => {
    const person = await mover();
    const address = newAddress('moved');
    const page = await site.page({ person });
    await page.goto('/profile/email');
    await page.getByLabel('New e-mail address').fill(address);
    await page.getByLabel('Present password').fill(person.password);
    await page.getByRole('button', { name: 'Send link', exact: true }).click();
    const link = linkTo(await newestMail(address), '/profile/email/');
    await page.context().close();
    return link;
  });
}

/** The same person while the link waits. */
export async function moving() {
  await confirmation();
  return mover();
}

/** The page that sends mails to an address that has had as many as it gets. */
export async function flooded() {
  await once('flooded', async () => {
    // From the browser: the limit counts by whom it is asked.
    const page = await site.page();
    for (let mails = 0; mails < 5; mails += 1) {
      await page.goto('/forgot-password');
      await sendLink(page);
      await page.waitForURL('**/forgot-password/check-mail');
    }
    await page.context().close();
  });
  return '/forgot-password';
}

/** Asks for one more. */
export async function sendLink(page) {
  await page.getByLabel('E-mail address').fill(FLOODED);
  await page.getByRole('button', { name: 'Send link', exact: true }).click();
}
