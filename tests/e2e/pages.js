// Every page × role, for the checks and for the pictures.
//
// name     what the picture is called
// path     the address, or a function that makes what is to be seen and gives it (support/world.js)
// roles    who looks: visitor, developer, reviewer, admin
// person   somebody else who looks, made by a function
// act      what to do there; what its form answers is the page that is meant
// status   what it answers when that is not 200
// picture  its name in docs/pictures, when the docs show it
// quiet    no picture: it looks like another one
// same     not looked at in dark and without JavaScript: made from the same template as one that is

import { application, claimed, waiting, waitingAnew } from './support/applications.js';
import { authorize } from './support/authorize.js';
import { change, changing } from './support/changes.js';
import { connected, disconnect } from './support/connected.js';
import { withCode } from './support/device.js';
import { guarded, newCodes, noCode, passkey, passkeyAlone, toCode } from './support/factors.js';
import { docsPages } from './support/installation.js';
import { asking, customer, invited, organization, owner, teamApplication, unread, wordy, workspace } from './support/people.js';
import { draft, reply, request, together } from './support/requests.js';
import { cutLink, link, linkAnew, reveal } from './support/reveal.js';
import { confirmation, flooded, mover, moving, newcomer, reset, sendLink, starter, unfinished, verification } from './support/world.js';

/** One of each kind is pictured. */
const PICTURED_DOCS = ['get-started', 'oauth', 'reference/configuration'];

const docs = (await docsPages()).map((page) => ({
  name: `docs-${page.replaceAll('/', '-')}`,
  path: `/docs/${page}`,
  roles: ['visitor'],
  quiet: !PICTURED_DOCS.includes(page),
  same: !PICTURED_DOCS.includes(page),
}));

const press = (name) => (page) => page.getByRole('button', { name, exact: true }).click();

const EVERYBODY = ['visitor', 'developer', 'reviewer', 'admin'];

const accounts = [
  { name: 'sign-in', path: '/sign-in', roles: ['visitor'] },
  { name: 'sign-in-errors', path: '/sign-in', act: press('Sign in'), status: 422, roles: ['visitor'] },
  { name: 'sign-up', path: '/sign-up', roles: ['visitor'] },
  { name: 'sign-up-errors', path: '/sign-up', act: press('Create account'), status: 422, roles: ['visitor'] },
  { name: 'sign-up-check-mail', path: '/sign-up/check-mail', roles: ['visitor'] },
  { name: 'verify-email', path: verification, person: newcomer, roles: ['developer'] },
  { name: 'verify-email-over', path: '/verify-email/gh_ol_nothing', status: 410, roles: ['visitor'] },
  { name: 'verify-email-first', path: '/verify-email', person: newcomer, roles: ['developer'] },
  { name: 'finish-sign-up', path: unfinished, roles: ['visitor'] },
  { name: 'finish-sign-up-errors', path: unfinished, act: press('Set password'), status: 422, roles: ['visitor'] },
  { name: 'forgot-password', path: '/forgot-password', roles: ['visitor'] },
  { name: 'forgot-password-check-mail', path: '/forgot-password/check-mail', roles: ['visitor'] },
  { name: 'throttled', path: flooded, act: sendLink, status: 429, roles: ['visitor'] },
  { name: 'reset-password', path: reset, roles: ['visitor'] },
  { name: 'reset-password-errors', path: reset, act: press('Set password'), status: 422, roles: ['visitor'] },
  { name: 'reset-password-over', path: '/reset-password/gh_ol_nothing', status: 410, roles: ['visitor'] },
  { name: 'profile', path: '/profile', roles: ['developer', 'reviewer'] },
  { name: 'profile-unverified', path: '/profile', person: newcomer, roles: ['developer'] },
  { name: 'profile-errors', path: '/profile', act: press('Change password'), status: 422, roles: ['developer'] },
  { name: 'connected-applications', path: '/connected-applications', roles: ['developer'] },
  { name: 'change-email', path: '/profile/email', roles: ['developer'] },
  { name: 'change-email-errors', path: '/profile/email', act: press('Send link'), status: 422, roles: ['developer'] },
  { name: 'change-email-confirm', path: confirmation, person: mover, roles: ['developer'] },
  { name: 'change-email-waiting', path: '/profile/email', person: moving, roles: ['developer'] },
  { name: 'change-email-over', path: '/profile/email/gh_ol_nothing', status: 410, roles: ['developer'], quiet: true },
];

const factors = [
  { name: 'profile-shared', path: '/profile/shared', roles: ['developer'] },
  { name: 'two-step', path: '/profile/two-step', roles: ['developer'] },
  { name: 'two-step-app', path: '/profile/two-step/app', roles: ['developer'] },
  { name: 'two-step-app-errors', path: '/profile/two-step/app', person: starter, act: press('Turn on'), status: 422, roles: ['developer'] },
  { name: 'passkey-add', path: '/profile/passkeys', roles: ['developer'] },
  { name: 'two-step-on', path: '/profile/two-step', person: guarded, roles: ['developer'] },
  { name: 'two-step-app-remove', path: '/profile/two-step/app/remove', person: guarded, roles: ['developer'] },
  { name: 'two-step-codes', path: '/profile/two-step/codes', person: guarded, roles: ['developer'] },
  { name: 'two-step-codes-shown', path: '/profile/two-step/codes', person: guarded, act: newCodes, roles: ['developer'] },
  { name: 'profile-passkey-alone', path: '/profile', person: passkeyAlone, roles: ['developer'] },
  { name: 'password-first', path: '/profile/email', person: passkeyAlone, roles: ['developer'] },
  { name: 'passkey-remove', path: passkey, person: guarded, roles: ['developer'] },
  { name: 'sign-in-code', path: '/sign-in', act: toCode, roles: ['visitor'] },
  { name: 'sign-in-code-errors', path: '/sign-in', act: noCode, status: 422, roles: ['visitor'] },
  { name: 'sign-in-again', path: '/sign-in?step_up=login&return_to=%2Fprofile', roles: ['developer'] },
  { name: 'sign-in-again-cannot', path: '/sign-in?step_up=phr&return_to=%2Fprofile', roles: ['developer'] },
];

const authorization = [
  { name: 'authorize-sign-in', path: authorizeSignIn, roles: ['visitor'] },
  { name: 'authorize-consent', path: authorize(), roles: ['developer'] },
  { name: 'authorize-account', path: authorize({ prompt: 'select_account' }), roles: ['developer'] },
  { name: 'authorize-verify-first', path: authorize(), person: newcomer, roles: ['developer'] },
  { name: 'connected-applications-some', path: '/connected-applications', person: connected, roles: ['developer'] },
  { name: 'connected-applications-disconnect', path: disconnect, person: connected, roles: ['developer'] },
  { name: 'logout', path: '/oauth2/default/v1/logout', roles: ['developer'] },
  { name: 'authorize-refused', path: authorize({ client_id: 'nobody' }), status: 400, roles: ['visitor'] },
  { name: 'device', path: '/device', roles: ['developer'] },
  { name: 'device-errors', path: '/device', act: press('Continue'), status: 422, roles: ['developer'] },
  { name: 'device-confirm', path: withCode, act: press('Continue'), roles: ['developer'] },
  { name: 'device-done', path: '/device/done?answer=allowed', roles: ['developer'] },
  { name: 'device-denied', path: '/device/done?answer=denied', roles: ['developer'] },
];

/** Where a visitor is sent. */
async function authorizeSignIn() {
  return `/sign-in?return_to=${encodeURIComponent(authorize())}`;
}

const catalogue = [
  { name: 'home', path: '/', roles: EVERYBODY },
  { name: 'catalogue', path: '/apis', roles: ['visitor', 'developer'] },
  { name: 'catalogue-search', path: '/apis?q=results', roles: ['visitor'] },
  { name: 'catalogue-nothing', path: '/apis?q=nothing+like+this', roles: ['visitor'] },
  { name: 'api', path: '/apis/results', roles: ['visitor', 'developer'] },
  { name: 'api-not-found', path: '/apis/nothing', roles: ['visitor'], status: 404, quiet: true },
];

const requests = [
  { name: 'request-form', path: '/apis/results/request', roles: ['developer'], picture: 'request-form' },
  { name: 'request-form-wordy', path: '/apis/results/request', person: wordy, roles: ['developer'], quiet: true },
  { name: 'request-form-newcomer', path: '/apis/results/request', person: newcomer, roles: ['developer'] },
  { name: 'request-form-errors', path: '/apis/results/request', act: press('Submit request'), status: 422, roles: ['developer'] },
  { name: 'requests', path: request('/requests', 'submitted', { isList: true }), roles: ['developer'] },
  { name: 'requests-none', path: '/requests', person: newcomer, roles: ['developer'] },
  { name: 'requests-filtered', path: '/requests?state=declined', roles: ['developer'], quiet: true },
  ...['submitted', 'asked', 'answered', 'approved', 'partly', 'declined', 'withdrawn'].map((state) => ({
    name: `request-${state}`,
    path: request('/requests', state),
    roles: ['developer'],
    picture: state === 'asked' ? 'request' : undefined,
  })),
  { name: 'request-draft', path: draft, roles: ['developer'] },
  { name: 'request-draft-errors', path: draft, act: press('Submit request'), status: 422, roles: ['developer'] },
  { name: 'request-answer-errors', path: request('/requests', 'asked'), act: press('Send answer'), status: 422, roles: ['developer'] },
  { name: 'request-withdraw', path: request('/requests', 'submitted', { below: '/withdraw' }), roles: ['developer'] },
  { name: 'request-of-others', path: request('/requests', 'submitted'), person: newcomer, roles: ['developer'], status: 404, quiet: true },
];

const desk = [
  { name: 'review', path: request('/review', 'submitted', { isList: true }), roles: ['reviewer', 'admin'], picture: 'review' },
  { name: 'review-ended', path: '/review?state=ended', roles: ['reviewer'] },
  ...['submitted', 'asked', 'answered', 'partly', 'withdrawn'].map((state) => ({
    name: `review-${state}`,
    path: request('/review', state),
    roles: ['reviewer'],
    picture: state === 'answered' ? 'review-request' : undefined,
  })),
  { name: 'review-errors', path: request('/review', 'submitted'), act: press('Send question'), status: 422, roles: ['reviewer'] },
  { name: 'review-none', path: '/review?state=asked&assignee=nobody&overdue=yes', roles: ['reviewer'] },
  { name: 'review-together', path: together, roles: ['reviewer'] },
  { name: 'review-together-errors', path: together, act: press('Decide all 2'), status: 422, roles: ['reviewer'] },
  { name: 'review-outcomes', path: '/review', act: refusedTogether, status: 409, roles: ['reviewer'] },
  { name: 'review-replies', path: '/review/replies', roles: ['reviewer'] },
  { name: 'review-replies-errors', path: '/review/replies', act: press('Add'), status: 422, roles: ['reviewer'] },
  { name: 'review-reply', path: reply, roles: ['reviewer'] },
  { name: 'review-refused', path: '/review', roles: ['developer'], status: 403 },
  { name: 'changes', path: change('/review/changes', 'addresses', { isList: true }), roles: ['reviewer'] },
  { name: 'changes-above-requests', path: change('/review', 'addresses', { isList: true }), roles: ['reviewer'] },
  { name: 'changes-ended', path: change('/review/changes?state=ended', 'declined', { isList: true }), roles: ['reviewer'] },
  { name: 'change-addresses', path: change('/review/changes', 'addresses'), roles: ['reviewer'] },
  { name: 'change-person', path: change('/review/changes', 'person'), roles: ['reviewer'] },
  { name: 'change-declined', path: change('/review/changes', 'declined'), roles: ['reviewer'] },
  { name: 'change-errors', path: change('/review/changes', 'person'), act: press('Decide'), status: 422, roles: ['reviewer'] },
];

/** Takes two requests, one of which is there no more. */
async function refusedTogether(page) {
  const ticks = page.locator('input[name="request"]');
  await ticks.nth(0).check();
  await ticks.nth(1).check();
  await ticks.nth(1).evaluate((tick) => { tick.value = 'R-00000000'; });
  await page.getByRole('button', { name: 'Assign to me', exact: true }).click();
}

/** Saves a name that is none. */
async function wrong(page) {
  await page.getByLabel('Name', { exact: true }).fill('');
  await press('Save')(page);
}

const applications = [
  { name: 'applications', path: '/applications', roles: ['developer'] },
  { name: 'applications-wordy', path: '/applications', person: wordy, roles: ['developer'], quiet: true },
  { name: 'applications-none', path: '/applications', roles: ['reviewer'] },
  { name: 'applications-nothing-fits', path: '/applications?q=nothing+like+it', roles: ['developer'], quiet: true },
  { name: 'application', path: application(''), roles: ['developer'] },
  { name: 'application-waiting', path: waiting(''), roles: ['developer'] },
  { name: 'application-access', path: application('/access'), roles: ['developer'] },
  { name: 'application-give-up', path: application('/access/results/give-up'), roles: ['developer'] },
  { name: 'application-secrets', path: application('/secrets'), roles: ['developer'] },
  { name: 'application-secret', path: application('/secrets/{secret}'), roles: ['developer'] },
  { name: 'application-settings-errors', path: application('/settings'), act: wrong, status: 422, roles: ['developer'] },
  { name: 'application-delete-errors', path: application('/delete'), act: press('Delete for good'), status: 422, roles: ['developer'] },
  { name: 'application-collect', path: waiting('/secrets/collect'), roles: ['developer'] },
  { name: 'application-secret-shown', path: waitingAnew('/secrets/collect'), act: press('Show the secret once'), roles: ['developer'], same: true },
  { name: 'reveal', path: link, roles: ['visitor'] },
  { name: 'reveal-cut', path: cutLink, roles: ['visitor'] },
  { name: 'reveal-shown', path: linkAnew, act: reveal, roles: ['visitor'], same: true },
  { name: 'reveal-over', path: '/reveal/gh_ol_nothing', roles: ['visitor'], status: 410 },
  { name: 'application-usage', path: application('/usage'), roles: ['developer'] },
  { name: 'application-usage-claimed', path: claimed, roles: ['developer'] },
  { name: 'application-settings', path: application('/settings'), roles: ['developer'] },
  { name: 'application-change-waits', path: changing('/settings', 'addresses'), roles: ['developer'] },
  { name: 'application-change-overview', path: changing('', 'addresses'), roles: ['developer'] },
  { name: 'application-change-declined', path: changing('/settings', 'declined'), roles: ['developer'] },
  { name: 'application-delete', path: application('/delete'), roles: ['developer'] },
  { name: 'application-of-others', path: application(''), roles: ['reviewer'], status: 404, quiet: true },
];

const people = [
  { name: 'organizations', path: '/organizations', roles: ['developer'] },
  { name: 'organizations-invited', path: '/organizations', person: invited, roles: ['developer'] },
  { name: 'organizations-wordy', path: '/organizations', person: wordy, roles: ['developer'], quiet: true },
  { name: 'organizations-none', path: '/organizations', person: newcomer, roles: ['developer'] },
  { name: 'organization-new', path: '/organizations/new', roles: ['developer'] },
  { name: 'organization-new-errors', path: '/organizations/new', act: press('Make organization'), status: 422, roles: ['developer'] },
  { name: 'organization-new-unverified', path: '/organizations/new', person: newcomer, roles: ['developer'], quiet: true },
  { name: 'home-invited', path: '/', person: invited, roles: ['developer'] },
  { name: 'organization', path: organization(''), person: owner, roles: ['developer'] },
  { name: 'organization-errors', path: organization(''), person: owner, act: press('Send invitation'), status: 422, roles: ['developer'] },
  { name: 'organization-member', path: organization('/members/{user}'), person: owner, roles: ['developer'] },
  { name: 'organization-only-owner', path: organization('/members/{owner}'), person: owner, roles: ['developer'] },
  { name: 'organization-of-others', path: organization(''), roles: ['reviewer'], status: 404, quiet: true },
  { name: 'workspace', path: workspace(''), person: customer, roles: ['developer'] },
  { name: 'workspace-errors', path: workspace(''), person: customer, act: press('Send invitation'), status: 422, roles: ['developer'], quiet: true },
  { name: 'workspace-member', path: workspace('/members/{user}'), person: customer, roles: ['developer'] },
  { name: 'workspace-plain', path: workspace(''), roles: ['developer'] },
  { name: 'workspace-unread', path: unread, person: owner, roles: ['developer'] },
  { name: 'workspace-of-others', path: workspace(''), roles: ['reviewer'], status: 404, quiet: true },
  { name: 'application-members', path: teamApplication('/members'), person: owner, roles: ['developer'] },
  { name: 'application-transfer', path: teamApplication('/transfer'), person: owner, roles: ['developer'] },
  { name: 'application-transfer-errors', path: teamApplication('/transfer'), person: owner, act: press('Transfer'), status: 422, roles: ['developer'] },
  { name: 'application-transfer-waits', path: asking('/transfer'), person: owner, roles: ['developer'] },
  { name: 'application-transfer-nowhere', path: application('/transfer'), roles: ['developer'], quiet: true },
];

export const pages = [
  ...people,
  ...catalogue,
  ...accounts,
  ...factors,
  ...authorization,
  ...requests,
  ...desk,
  { name: 'not-found', path: '/nothing/is/here', roles: EVERYBODY, status: 404 },
  { name: 'set-up-over', path: '/set-up/gh_ol_nothing', roles: ['visitor'], status: 410 },
  { name: 'set-up-done', path: '/set-up/done', roles: ['visitor'] },
  ...applications,
  ...docs,
];
