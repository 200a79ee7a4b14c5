// Somebody with an authenticator app and a passkey, and what they see on their way in.

import { createHmac } from 'node:crypto';
import { manage, newAddress, newUser } from './installation.js';
import { site } from './site.js';
import { unfinishedOf } from './world.js';

/** A passkey device that says yes to everything. */
export const AUTHENTICATOR = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
};

let made;

/** Has both, and is signed in in the browser that set them up. */
export function guarded() {
  made ??= guard();
  return made;
}

async function guard() {
  const user = await newUser();
  const page = await site.page({ person: user });
  await page.goto('/profile/two-step/app');
  await page.getByLabel('Code', { exact: true }).fill(codeOf(await page.locator('#secret').innerText()));
  await page.getByLabel('Present password').fill(user.password);
  await page.getByRole('button', { name: 'Turn on', exact: true }).click();
  await page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR });
  await page.goto('/profile/passkeys');
  await page.getByLabel('Name').fill('Work laptop');
  await page.getByLabel('Present password').fill(user.password);
  await page.getByRole('button', { name: 'Add passkey', exact: true }).click();
  await page.getByText('The passkey is added.').waitFor();
  const state = await page.context().storageState();
  await page.context().close();
  return { ...user, state };
}

let alone;

/** Has a passkey and no password, and is signed in. */
export function passkeyAlone() {
  alone ??= signUp();
  return alone;
}

async function signUp() {
  const page = await site.page();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR });
  await page.goto(await unfinishedOf(newAddress('passkey-alone')));
  await page.getByLabel('Name of the passkey').fill('Work laptop');
  await page.getByRole('button', { name: 'Make a passkey', exact: true }).click();
  await page.getByText('Your e-mail address is verified.').waitFor();
  const state = await page.context().storageState();
  await page.context().close();
  return { state };
}

/** The page that removes the passkey. */
export async function passkey() {
  const { id } = await guarded();
  const { passkeys } = await manage('GET', `/users/${id}/factors`);
  return `/profile/passkeys/${passkeys[0].id}/remove`;
}

/** From the form of the sign-in to the second step. */
export async function toCode(page) {
  const { email, password } = await guarded();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** And an answer there that is none. */
export async function noCode(page) {
  await toCode(page);
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  return answered;
}

/** Makes new recovery codes, which its answer shows. */
export async function newCodes(page) {
  const { password } = await guarded();
  await page.getByLabel('Present password').fill(password);
  await page.getByRole('button', { name: 'Make new codes', exact: true }).click();
}

/** The six digits of now (RFC 6238). */
function codeOf(secret) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replaceAll(/\s/g, '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}
