// Links that show a secret once, made as an operator makes them: on the command line.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { binary, dataFolder, manage } from './installation.js';

let looked;

/** The path of a new link, with its key, and the application that it is about. */
export async function newLink() {
  const { items } = await manage('GET', '/applications');
  const { organization_id } = items.find((one) => one.name === 'Sample application');
  const application = await manage('POST', '/applications', { organization_id, name: 'Partner', type: 'service' });
  const command = ['--config', path.join(dataFolder, 'gatehouse.toml'), 'secrets', 'create', application.id, '--link', '--json'];
  const { stdout } = await promisify(execFile)(binary, command, { cwd: path.dirname(dataFolder) });
  const { pathname, hash } = new URL(JSON.parse(stdout).url);
  return { application, address: pathname + hash };
}

/** One link for every look: looking uses nothing up. */
export async function link() {
  looked ??= newLink();
  return (await looked).address;
}

/** The same as a mail program may cut it. */
export async function cutLink() {
  return (await link()).slice(0, -1);
}

/** One of its own. */
export async function linkAnew() {
  return (await newLink()).address;
}

/** Shows it, on the page that was answered before: what the button fetches is no page. */
export async function reveal(page) {
  const response = await page.reload();
  await page.getByRole('button', { name: 'Reveal' }).click();
  await page.getByRole('heading', { name: 'As environment' }).waitFor();
  return response;
}
