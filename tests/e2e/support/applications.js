// Applications for pages of the portal: that of the development start, and one whose secret waits.

import { PATIENCE, manage, url } from './installation.js';

let sample;
let slot;

/** A page of the application that the development start makes; `{secret}` is its secret. */
export function application(path) {
  return async () => {
    sample ??= find();
    const { id, secret } = await sample;
    return `/applications/${id}${path.replace('{secret}', secret)}`;
  };
}

async function find() {
  const { items } = await manage('GET', '/applications');
  const { id } = items.find((one) => one.name === 'Sample application');
  const secrets = await manage('GET', `/applications/${id}/secrets`);
  return { id, secret: secrets.items[0].id };
}

/** A page of an application whose secret waits to be collected. */
export function waiting(path) {
  return async () => `/applications/${await (slot ??= open('Nightly export'))}${path}`;
}

let named;

/** The usage of an application whose client id strangers have named. */
export async function claimed() {
  named ??= name();
  return `/applications/${await named}/usage`;
}

async function name() {
  const id = await open('Price watch');
  const { client_id } = await manage('GET', `/applications/${id}`);
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret: 'gh_cs_wrong' });
  const token = `${url}/oauth2/default/v1/token`;
  for (let calls = 0; calls < 2; calls += 1) await fetch(token, { method: 'POST', body });
  // They are written down once a second.
  const end = Date.now() + PATIENCE;
  let seen = [];
  while (seen.length < 2 && Date.now() < end) seen = (await manage('GET', `/applications/${id}/refused_calls`)).items;
  return id;
}

/** The same of a new one each time, for whoever collects it. */
export function waitingAnew(path) {
  return async () => `/applications/${await open('Weekly report')}${path}`;
}

async function open(name) {
  const { items } = await manage('GET', '/applications');
  const { organization_id } = items.find((one) => one.name === 'Sample application');
  const { id } = await manage('POST', '/applications', { organization_id, name, type: 'service' });
  await manage('POST', `/applications/${id}/entitlements`, { api: 'results' });
  await manage('POST', `/applications/${id}/secret_slots`);
  return id;
}
