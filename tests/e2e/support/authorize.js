// Links with which applications send people to sign in, and an application that waits for them.

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { url } from './installation.js';

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask test --only browser\``);
  return value;
}

const clientId = required('WEB_CLIENT_ID');
const clientSecret = required('WEB_CLIENT_SECRET');
const SCOPE = 'openid profile email offline_access public_api.read';

/** The link of the sample web application. */
export function authorize(changes = {}, verifier = 'x'.repeat(43)) {
  return `/oauth2/default/v1/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: required('WEB_REDIRECT_URI'),
    scope: SCOPE,
    state: 'state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  })}`;
}

/** The application at a port of its own: shows what the tokens say of whoever comes back with a code. */
export async function application() {
  const verifier = randomBytes(32).toString('base64url');
  const server = createServer(async (request, response) => {
    const body = [];
    for await (const part of request) body.push(part);
    const { searchParams } = new URL(request.url, redirectUri);
    const answer = request.method === 'POST' ? new URLSearchParams(Buffer.concat(body).toString()) : searchParams;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><html lang="en"><title>Application</title><link rel="icon" href="data:,"><main>${await shown(answer)}</main>`);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const redirectUri = `http://127.0.0.1:${server.address().port}/callback`;

  async function shown(answer) {
    if (answer.has('error')) return `<h1>${answer.get('error')}</h1>`;
    const tokens = await fetch(`${url}/oauth2/default/v1/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: redirectUri, code_verifier: verifier,
        client_id: clientId, client_secret: clientSecret,
      }),
    }).then((response) => response.json());
    return `<h1>${tokens.id_token ? 'Welcome' : tokens.error}</h1><p>${tokens.scope}</p>`;
  }

  return {
    link: (changes) => authorize({ redirect_uri: redirectUri, ...changes }, verifier),
    close: () => server.close(),
  };
}
