// Every page × role, for the checks and for the pictures.
//
// name     what the picture is called
// path     the address, or a function that makes what is to be seen and gives it
// roles    who looks: visitor, developer, reviewer, admin
// show     what to do on the page before its picture is taken
// status   what it answers when that is not 200
// picture  its name in docs/pictures, when the docs show it
// quiet    no picture: it looks like another one
// same     not looked at without JavaScript: made from the same template as one that is

import { docsPages } from './support/installation.js';

/** One of each kind is pictured. */
const PICTURED_DOCS = ['get-started', 'oauth', 'reference/configuration'];

const docs = (await docsPages()).map((page) => ({
  name: `docs-${page.replaceAll('/', '-')}`,
  path: `/docs/${page}`,
  roles: ['visitor'],
  quiet: !PICTURED_DOCS.includes(page),
  same: page !== 'get-started',
}));

export const pages = [
  { name: 'home', path: '/', roles: ['visitor', 'developer', 'reviewer'] },
  { name: 'apis', path: '/apis', roles: ['visitor'] },
  { name: 'apis-none-found', path: '/apis?q=nothing+like+it', roles: ['visitor'] },
  { name: 'api', path: '/apis/results', roles: ['visitor', 'developer'] },
  { name: 'review', path: '/review', roles: ['reviewer'] },
  { name: 'review-none', path: '/review?state=asked&assignee=nobody&overdue=yes', roles: ['reviewer'] },
  { name: 'review-refused', path: '/review', roles: ['developer'], status: 403 },
  { name: 'not-found', path: '/nothing/is/here', roles: ['visitor'], status: 404 },
  { name: 'set-up-over', path: '/set-up/gh_ol_nothing', roles: ['visitor'], status: 410 },
  { name: 'set-up-done', path: '/set-up/done', roles: ['visitor'] },
  ...docs,
];
