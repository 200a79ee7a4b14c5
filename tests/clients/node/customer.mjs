// A customer with a browser that has no script: keeps cookies, sends the forms of Gatehouse's pages, and stops where the
// application would take over.

import { issuer } from './support.mjs';

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the judges are started by \`cargo xtask test\``);
  return value;
}

export const webClientId = required('WEB_CLIENT_ID');
export const webClientSecret = required('WEB_CLIENT_SECRET');
export const redirectUri = required('WEB_REDIRECT_URI');
export const deviceClientId = required('DEVICE_CLIENT_ID');
/** The customer's e-mail address. */
export const email = required('CUSTOMER_EMAIL');
const password = required('CUSTOMER_PASSWORD');

const text = (html) => html.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code)).replaceAll('&quot;', '"')
  .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** In the form that leads on, where a page has several. */
const NEXT = /name="(password|user_code)"|name="decision" value="allow"/;

/** The forms of a page: where each goes, and its hidden fields. */
function forms(html) {
  return [...html.matchAll(/<form method="post" action="([^"]*)"[^>]*>(.*?)<\/form>/gs)].map(([, action, inside]) => ({
    action: text(action),
    inside,
    fields: Object.fromEntries(
      [...inside.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, text(value)]),
    ),
  }));
}

/**
 * A browser. `open` goes from a link of the application to the answer, which it gives as the application gets it; at the
 * origins of `sites`, which answer themselves, the browser goes on until they show a page. `send` does one request.
 * `connect` goes from the address that a device shows to the page that says that the device goes on, and gives its text.
 */
export function customer(sites = []) {
  const jars = new Map();

  async function send(url, form) {
    const { hostname } = new URL(url);
    if (!jars.has(hostname)) jars.set(hostname, new Map());
    const cookies = jars.get(hostname);
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    if (form) headers['sec-fetch-site'] = 'same-origin';
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET', headers, body: form && new URLSearchParams(form), redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) cookies.set(name, value); else cookies.delete(name);
    }
    return response;
  }

  async function open(link) {
    let at = new URL(link);
    let response = await send(at);
    for (let hop = 0; hop < 10; hop += 1) {
      const location = response.headers.get('location');
      if (location) {
        at = new URL(location, at);
        if (at.origin !== issuer.origin && !sites.includes(at.origin)) return at;
        response = await send(at);
        continue;
      }
      if (at.origin !== issuer.origin) return response;
      const page = await response.text();
      const form = forms(page).find(({ inside }) => NEXT.test(inside) || !/"(choice|decision)"/.test(inside));
      if (!form) return page;
      const target = new URL(form.action, at);
      // A form that posts the answer to the application.
      if (target.origin !== issuer.origin) return new Request(target, { method: 'POST', body: new URLSearchParams(form.fields) });
      response = await send(target, { ...form.fields, ...typed(form.inside) });
    }
    throw new Error(`still at ${at}`);
  }

  return { open, connect: open, send };
}

/** What somebody types in, or presses. */
function typed(inside) {
  if (inside.includes('name="password"')) return { email, password };
  const code = /name="user_code"[^>]* value="([^"]*)"/.exec(inside);
  return code ? { user_code: code[1] } : { decision: 'allow' };
}
