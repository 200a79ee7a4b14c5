// A team with everything that its pages show, and the customer's workspace of the development start.

import { manage, newAddress, persons } from './installation.js';

const PASSWORD = 'four unrelated words';

const made = new Map();

function once(name, make) {
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}

async function user(name) {
  const email = newAddress(name.split(' ')[0].toLowerCase());
  const { id } = await manage('POST', '/users', { email, name, password: PASSWORD, email_verified: true });
  return { id, email, password: PASSWORD };
}

/** An owner of two organizations; the first has members, invitations and an application. */
function team() {
  return once('team', async () => {
    const [owner, max, vera] = [await user('Olga Owner'), await user('Max Maintainer'), await user('Vera Viewer')];
    const homepage = 'https://www.example.com';
    const first = await manage('POST', '/organizations', { name: 'Northwind Research', homepage, owner: owner.id });
    await manage('POST', '/organizations', { name: 'Southwind Labs', owner: owner.id });
    await manage('POST', `/organizations/${first.id}/verify`);
    for (const [member, role] of [[max, 'maintainer'], [vera, 'viewer']]) {
      await manage('POST', `/organizations/${first.id}/members`, { user: member.id, role });
    }
    await manage('POST', `/organizations/${first.id}/invitations`, { email: 'new.colleague@example.com', role: 'viewer' });
    const application = { organization_id: first.id, name: 'Trend reader', type: 'service', api_user: max.id };
    const { id } = await manage('POST', '/applications', application);
    const asking = await manage('POST', '/applications', { ...application, name: 'Trend writer' });
    const draft = { application_id: asking.id, api: 'results', scopes: ['public_api.read'], purpose: 'Trends.', developer: owner.email };
    await manage('POST', '/access_requests', draft);
    const place = await manage('POST', '/workspaces', { name: 'Northwind data', owner: owner.id });
    await manage('POST', `/workspaces/${place.id}/members`, { user: max.id, role: 'member' });
    return { owner, max, organization: first.id, application: id, asking: asking.id, place: place.id };
  });
}

/** Who owns both organizations. */
export async function owner() {
  return (await team()).owner;
}

/** A page of the organization; `{user}` is a member, `{owner}` its only owner. */
export function organization(path) {
  return async () => {
    const { organization: id, max, owner: only } = await team();
    return `/organizations/${id}${path.replace('{user}', max.id).replace('{owner}', only.id)}`;
  };
}

/** A page of the team's application. */
export function teamApplication(path) {
  return async () => `/applications/${(await team()).application}${path}`;
}

/** A page of another one, whose request is open. */
export function asking(path) {
  return async () => `/applications/${(await team()).asking}${path}`;
}

/** A workspace that no application reads: its member is the API user of those without access. */
export async function unread() {
  return `/workspaces/${(await team()).place}`;
}

/** Whose things have names without a blank, as long as they may be. */
export function wordy() {
  return once('wordy', async () => {
    const person = await user('Wilma Wordy');
    const name = 'Gesellschaft-für-'.padEnd(99, 'Benutzerfreundlichkeitsforschung');
    const [first] = await Promise.all([1, 2].map((n) => manage('POST', '/organizations', { name: `${name}${n}`, owner: person.id })));
    await manage('POST', '/applications', { organization_id: first.id, name: `${name}3`, type: 'service' });
    return person;
  });
}

/** Somebody who is invited and has not answered. */
export function invited() {
  return once('invited', async () => {
    const somebody = await user('Ines Invited');
    const { organization: id } = await team();
    await manage('POST', `/organizations/${id}/invitations`, { email: somebody.email, role: 'maintainer' });
    return somebody;
  });
}

/** Who owns the workspace with the sample data. */
export function customer() {
  return persons.customer;
}

/** A page of that workspace; `{user}` is the developer, whose application reads it. */
export function workspace(path) {
  return async () => {
    const { items } = await once('workspaces', () => manage('GET', '/workspaces'));
    const { id } = items.find((one) => one.name === 'Nimbus Shop');
    const members = await once('members', () => manage('GET', `/workspaces/${id}/members`));
    const developer = members.items.find((member) => member.email === persons.developer.email);
    return `/workspaces/${id}${path.replace('{user}', developer.user_id)}`;
  };
}
