// The installation under test: where it is, who its persons are, and its management API.

import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Longer than anything takes on a machine that is busy with something else, in milliseconds. */
export const PATIENCE = 60_000;

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask test --only browser\``);
  return value;
}

/** `portal_url`, without a slash at its end. */
export const url = required('GATEHOUSE_URL').replace(/\/$/, '');
/** Chromium's program. */
export const chromiumPath = required('CHROMIUM');
/** The program under test, for tests that start one of their own. */
export const binary = required('BINARY');
/** Where the installation keeps its things. */
export const dataFolder = required('DATA_FOLDER');
/** Where mails land. */
export const mailFolder = path.join(dataFolder, 'mail');

/** The persons of `dev.env`, by role. */
export const persons = Object.fromEntries(
  ['admin', 'reviewer', 'developer', 'customer'].map((role) => [
    role,
    { email: required(`${role.toUpperCase()}_EMAIL`), password: required(`${role.toUpperCase()}_PASSWORD`) },
  ]),
);

/** Asks the management API; fails with what it says. */
export async function manage(method, address, body) {
  const response = await fetch(`${url}/manage/v1${address}`, {
    method,
    headers: {
      authorization: `Bearer ${required('OPERATOR_KEY')}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

let users = 0;

/** An address that no other test uses. */
export function newAddress(name) {
  users += 1;
  return `${name}.${process.pid}.${users}@example.com`;
}

/** A new user who can sign in, for one test alone. */
export async function newUser(role = 'developer') {
  const email = newAddress(role);
  const password = `four unrelated words ${process.pid}`;
  const made = await manage('POST', '/users', { email, name: `Test ${role}`, role, password, email_verified: true });
  return { id: made.id, email, password };
}

/** The names of the pages below `/docs`; testing.md is for those who change the program. */
export async function docsPages() {
  const folder = new URL('../../../docs', import.meta.url);
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => file.endsWith('.md') && file !== 'testing.md').map((file) => file.slice(0, -3)).sort();
}
