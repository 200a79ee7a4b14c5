// A customer who has let the sample web application do something in their name.

import { application } from './authorize.js';
import { newUser } from './installation.js';
import { site } from './site.js';

let made;

/** That customer. */
export function connected() {
  made ??= connect();
  return made;
}

async function connect() {
  const [client, user] = [await application(), await newUser()];
  const page = await site.page({ person: user });
  await page.goto(client.link());
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await page.goto('/connected-applications');
  const disconnect = await page.getByRole('link', { name: /^Disconnect/ }).getAttribute('href');
  await page.context().close();
  client.close();
  return { ...user, disconnect };
}

/** The page that asks before it disconnects the application. */
export async function disconnect() {
  return (await connected()).disconnect;
}
