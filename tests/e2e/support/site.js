// Chromium on the installation: pages as somebody sees them.

import { chromium } from 'playwright-core';
import { PATIENCE, chromiumPath, persons, url } from './installation.js';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const DESKTOP = { width: 1280, height: 900 };
/** Playwright's own word for what the documents call 375 px. */
export const PHONE = { width: 375, height: 812 };

let browser;
const signedIn = new Map();

/** Starts Chromium at the first call. */
async function start() {
  browser ??= chromium.launch({ executablePath: chromiumPath, args: FLAGS, timeout: PATIENCE });
  return browser;
}

/** Ends Chromium: once in each file, after its last test. */
export async function close() {
  if (browser) await (await browser).close();
  browser = undefined;
}

export const site = {
  /**
   * A new page in a context of its own.
   * @param {object} [options]
   * @param {'visitor' | 'developer' | 'reviewer' | 'admin'} [options.role] who is signed in: a person of dev.env
   * @param {{ email: string, password: string, state?: object }} [options.person] somebody else who is signed in, `state`
   * with the cookies of a browser where they are already
   * @param {'light' | 'dark'} [options.colorScheme]
   * @param {boolean} [options.javaScript]
   * @param {{ width: number, height: number }} [options.viewport]
   */
  async page({ role = 'visitor', person = persons[role], ...options } = {}) {
    const context = await newContext(options, person && (person.state ?? (await stateOf(person))));
    return context.newPage();
  },
};

async function newContext({ colorScheme = 'light', javaScript = true, viewport = DESKTOP }, storageState) {
  const context = await (await start()).newContext({
    baseURL: url,
    colorScheme,
    javaScriptEnabled: javaScript,
    locale: 'en-GB',
    // Nothing is looked at halfway to where it moves.
    reducedMotion: 'reduce',
    storageState,
    timezoneId: 'Europe/Berlin',
    viewport,
  });
  context.setDefaultTimeout(PATIENCE);
  return context;
}

/** Everybody signs in once a file; contexts start from the cookies of then. */
function stateOf(person) {
  if (!signedIn.has(person.email)) {
    signedIn.set(person.email, newState(person));
  }
  return signedIn.get(person.email);
}

async function newState(person) {
  const context = await newContext({});
  const page = await context.newPage();
  await signIn(page, person);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Through the form, as everybody does. */
export async function signIn(page, { email, password }) {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((address) => !address.pathname.startsWith('/sign-in'));
}
