// The checks themselves: each finds what it is for, on pages that are broken on purpose.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { checkPage, checkPageWithoutJavaScript } from './support/check.js';
import { parse } from './support/mailbox.js';
import { close, site } from './support/site.js';

const STYLE = ':focus-visible { outline: 3px solid blue } .faint { color: #ddd } .lost:focus { outline: none }';
const SCRIPTS = {
  '/good.js': '',
  '/fails.js': 'throw new Error("on purpose")',
  '/spoils.js': 'document.querySelector("h1").remove()',
};
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'";

/** What is in the body, and what must be found; nothing for the good one. */
const CASES = {
  good: ['<p><a href="/good#part">A link</a></p><p id="part">Text</p>', undefined],
  'broken-link': ['<p><a href="/gone">A link</a></p>', /link to .*\/gone answers 404/],
  'broken-part': ['<p><a href="/good#nowhere">A link</a></p>', /no such part/],
  'broken-asset': ['<p><img src="/gone.png" alt="A picture"></p>', /link to .*\/gone\.png answers 404/],
  label: ['<p><input type="text" name="a"></p>', /axe label/],
  contrast: ['<p class="faint">Text</p>', /axe color-contrast \(light\)/],
  'contrast-dark': ['<p class="dim">Text</p>', /axe color-contrast \(dark\)/],
  nesting: ['<p><a href="/good">A link<div>Text</div></a></p>', /html-validate/],
  'form-twice': ['<form><label>A <input name="a" type="text"></label><label>B <input name="a" type="text"></label></form>', /html-validate form-dup-name/],
  style: ['<p style="color: red">Text</p>', /html-validate no-inline-style/],
  policy: ['<p>Text</p><script>document.title = "no"</script>', /console: .*Content Security Policy/],
  script: ['<p>Text</p><script src="/fails.js"></script>', /script failed: on purpose/],
  focus: ['<p><a class="lost" href="/good">A link</a></p>', /focus cannot be seen/],
  wide: ['<p class="wide">Text</p>', /at 320 px: is 400 px wide/],
};

let server;
let origin;

function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const headers = (type) => ({ 'content-type': type, 'content-security-policy': POLICY });
  const name = pathname.slice(1);
  if (pathname === '/style.css') return response.writeHead(200, headers('text/css')).end(`${STYLE} .wide { width: 400px; margin: 0 } body { margin: 0 } @media (prefers-color-scheme: dark) { body { background: black; color: white } .dim { color: #333 } a { color: white } }`);
  if (pathname === '/favicon.ico') return response.writeHead(204).end();
  if (pathname in SCRIPTS) return response.writeHead(200, headers('text/javascript')).end(SCRIPTS[pathname]);
  if (name === 'spoilt') return response.writeHead(200, headers('text/html')).end(html('<p>Text</p><script src="/spoils.js"></script>'));
  if (name in CASES) return response.writeHead(200, headers('text/html')).end(html(CASES[name][0]));
  return response.writeHead(404, headers('text/html')).end(html('<p>Nothing is here.</p>'));
}

const html = (body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title>
<link rel="stylesheet" href="/style.css"></head><body><main><h1>A page</h1>${body}</main></body></html>`;

describe('the checks', { concurrency: 2 }, () => {
  before(async () => {
    server = createServer(answer);
    await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
    origin = `http://127.0.0.1:${server.address().port}`;
  });
  after(async () => {
    await close();
    server.closeAllConnections();
    server.close();
  });
  for (const [name, [, expected]] of Object.entries(CASES)) {
    it(`find ${expected ? 'what is wrong' : 'nothing wrong'}: ${name}`, async () => {
      const problems = await problemsOf(checkPage, `/${name}`);
      if (expected) assert.match(problems, expected);
      else assert.equal(problems, '');
    });
  }

  it('know a page that is not found from one that should be there', async () => {
    assert.equal(await problemsOf(checkPage, '/none', { status: 404 }), '');
    assert.match(await problemsOf(checkPage, '/none'), /answers 404, not 200/);
  });

  it('look at the page that people without JavaScript see', async () => {
    assert.match(await problemsOf(checkPage, '/spoilt'), /page-has-heading-one/);
    assert.equal(await problemsOf(checkPageWithoutJavaScript, '/spoilt'), '');
    assert.match(await problemsOf(checkPageWithoutJavaScript, '/label'), /axe label \(without JavaScript\)/);
    assert.match(await problemsOf(checkPageWithoutJavaScript, '/wide'), /at 320 px/);
  });
});

async function problemsOf(check, path, options) {
  const page = await site.page();
  const problems = await check(page, () => page.goto(`${origin}${path}`), options);
  await page.context().close();
  return problems.join('\n');
}

describe('a mail', () => {
  const head = 'From: Gatehouse <no-reply@localhost>\r\nTo: ada@example.com\r\n';

  it('of one part is read', () => {
    const mail = parse(`${head}Subject: =?utf-8?B?w5xiZXI=?=\r\n =?utf-8?B?Z3LDtsOfZQ==?=\r\n\r\nGo to http://localhost:1/a?b=c.\r\n`);
    assert.deepEqual(mail, { to: 'ada@example.com', subject: 'Übergröße', text: 'Go to http://localhost:1/a?b=c.\n', links: ['http://localhost:1/a?b=c'] });
  });

  it('in base64 or quoted-printable is read', () => {
    for (const [encoding, body] of [['base64', 'w7wK'], ['quoted-printable', '=C3=\r\n=BC\r\n']]) {
      assert.equal(parse(`${head}Subject: s\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`).text, 'ü\n');
    }
  });

  it('of several parts is read in plain text', () => {
    const parts = '--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>no\r\n--x--\r\n';
    const mail = parse(`${head}Subject: s\r\nContent-Type: multipart/alternative; boundary="x"\r\n\r\n${parts}`);
    assert.equal(mail.text, 'plain\n');
  });
});
