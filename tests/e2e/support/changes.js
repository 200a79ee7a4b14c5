// Changes of applications that wait for a review: proposed by the developer in the portal, as only members can.

import { manage, persons } from './installation.js';
import { site } from './site.js';

const IN_USE = 'https://screens.example.com/callback';
const NEW = ['https://screens.examp1e.com/callback', 'https://kiosk.example.net/signed-in'];

const made = new Map();

/** What the developer does with the settings of an application that has access. */
const PROPOSALS = {
  addresses: ['Lobby screens', proposeAddresses],
  person: ['Night shift', proposePerson],
  declined: ['Old kiosk', proposeAddresses],
};

/** A page of the review desk for a change; of all, when that is asked for. */
export function change(path, kind, { isList = false } = {}) {
  return async () => {
    const { reference } = await proposed(kind);
    return isList ? path : `${path}/${reference}`;
  };
}

/** A page of the application whose change waits. */
export function changing(path, kind) {
  return async () => `/applications/${(await proposed(kind)).id}${path}`;
}

function proposed(kind) {
  if (!made.has(kind)) made.set(kind, propose(kind));
  return made.get(kind);
}

async function propose(kind) {
  const [name, act] = PROPOSALS[kind];
  const { items } = await manage('GET', '/applications');
  const { organization_id } = items.find((one) => one.name === 'Sample application');
  const { id } = await manage('POST', '/applications', { organization_id, name, type: 'web', redirect_uris: [IN_USE] });
  await manage('POST', `/applications/${id}/entitlements`, { api: 'results' });
  const page = await site.page({ role: 'developer' });
  await page.goto(`/applications/${id}/settings`);
  await act(page);
  await page.getByRole('heading', { name: 'Waits for review' }).waitFor();
  await page.context().close();
  const waiting = await manage('GET', `/application_changes?application_id=${id}&state=submitted`);
  const change = waiting.items[0];
  if (kind === 'declined') {
    const reason = 'We do not know kiosk.example.net. Whose is it?';
    await manage('POST', `/application_changes/${change.id}/decide`, { reviewer: persons.reviewer.email, decision: 'declined', reason });
  }
  return { id, reference: change.reference };
}

async function proposeAddresses(page) {
  await page.locator('textarea[name=redirect_uris]').fill([IN_USE, ...NEW].join('\n'));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
}

async function proposePerson(page) {
  await page.locator('select[name=api_user]').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Propose API user' }).click();
}
