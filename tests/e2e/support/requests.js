// Access requests of the development start's organization, one in each state that pages show.

import { manage, persons } from './installation.js';

const READ = 'public_api.read';
const DETAILS = 'studies:read';

const made = new Map();

/** Which application asks: pictures show it. */
const APPLICATIONS = {
  submitted: 'Study screens',
  asked: 'Lobby display',
  answered: 'Weekly report',
  approved: 'Research archive',
  partly: 'Design dashboard',
  declined: 'Price watcher',
  withdrawn: 'First try',
  draft: 'Stadium clock',
};

/** What happens to a request after it was submitted. */
const STORIES = {
  submitted: [],
  asked: ['ask'],
  answered: ['ask', 'answer'],
  approved: ['approve'],
  partly: ['ask', 'answer', 'decide'],
  declined: ['decline'],
  withdrawn: ['withdraw'],
};

const reviewer = persons.reviewer.email;
const developer = persons.developer.email;

const STEPS = {
  ask: ['ask', { reviewer, text: 'Who sees the results, and for how long do you keep them?' }],
  answer: ['answer', { developer, text: 'Our research team, for as long as the study runs.' }],
  approve: ['decide', { reviewer, scopes: [approved(READ), approved(DETAILS)] }],
  decide: ['decide', { reviewer, scopes: [approved(READ), declined(DETAILS)] }],
  decline: ['decide', { reviewer, scopes: [declined(READ), declined(DETAILS)] }],
  withdraw: ['withdraw', undefined],
};

function approved(scope) {
  return { scope, decision: 'approved' };
}

function declined(scope) {
  return { scope, decision: 'declined', reason: 'The first permission is enough for what you describe.' };
}

/** The page of a request in a state; of the whole list, when that is asked for. */
export function request(path, state, { isList = false, below = '' } = {}) {
  return async () => {
    if (!made.has(state)) made.set(state, make(state));
    const reference = await made.get(state);
    return isList ? path : `${path}/${reference}${below}`;
  };
}

/** Two requests on one page. */
export async function together() {
  const references = await Promise.all(['submitted', 'answered'].map((state) => request('', state)()));
  return `/review/together?${references.map((path) => `request=${path.slice(1)}`).join('&')}`;
}

/** The page of a canned reply of the sample data. */
export async function reply() {
  const { items } = await manage('GET', '/canned_replies');
  return `/review/replies/${items[0].id}`;
}

/** The page of a request that was begun through the management API and not submitted. */
export async function draft() {
  if (!made.has('draft')) made.set('draft', makeDraft());
  return `/requests/${await made.get('draft')}`;
}

async function makeDraft() {
  const organization_id = await sampleOrganization();
  const { id } = await manage('POST', '/applications', { organization_id, name: APPLICATIONS.draft, type: 'service' });
  const { reference } = await manage('POST', '/access_requests', {
    application_id: id,
    api: 'results',
    scopes: [READ],
    purpose: 'Shows how long the visitors of the stadium stay.',
    developer,
  });
  return reference;
}

async function sampleOrganization() {
  const { items } = await manage('GET', '/applications');
  return items.find((one) => one.name === 'Sample application').organization_id;
}

async function make(state) {
  const organization_id = await sampleOrganization();
  const { id, reference } = await manage('POST', '/access_requests/apply', {
    api: 'results',
    application: { organization_id, name: APPLICATIONS[state], type: 'web', redirect_uris: ['https://screens.example.com/callback'] },
    scopes: [READ, DETAILS],
    purpose: 'Shows the results of each study on the screens in our lab.',
    audience: 'Our research team',
    expected_volume: '500 calls a day',
    terms_accepted: true,
    developer,
  });
  for (const step of STORIES[state]) {
    const [verb, body] = STEPS[step];
    await manage('POST', `/access_requests/${id}/${verb}`, body);
  }
  return reference;
}
