// Every link and asset of a page leads somewhere.

const asked = new Map();

/** One line for each address of the page, on its own origin, that does not answer. */
export async function linkProblems(page, reader) {
  const addresses = await page.evaluate(() => {
    const found = [...document.querySelectorAll('a[href], link[href], area[href]')].map((element) => element.href);
    const loaded = [...document.querySelectorAll('img[src], script[src], source[src], iframe[src]')].map((element) => element.src);
    const asked = [...document.forms].filter((form) => form.method === 'get').map((form) => form.action);
    return [...found, ...loaded, ...asked];
  });
  const { origin } = new URL(page.url());
  const own = [...new Set(addresses)].filter((address) => address.startsWith(`${origin}/`));
  const problems = await Promise.all(own.map((address) => problemOf(page, reader, address)));
  return problems.filter(Boolean);
}

async function problemOf(page, reader, address) {
  const { hash } = new URL(address);
  const without = hash ? address.slice(0, -hash.length) : address;
  const key = `${reader} ${without}`;
  const isHere = hash !== '' && without === page.url().replace(/#.*$/, '');
  // What was asked once is not asked again, whichever page links to it.
  if (!isHere && !asked.has(key)) asked.set(key, ask(page, without));
  const { status, ids } = isHere ? await here(page) : await asked.get(key);
  if (status >= 400) return `link to ${address} answers ${status}`;
  const wanted = decodeURIComponent(hash.slice(1));
  const isThere = wanted === '' || ids.has(wanted);
  return isThere ? undefined : `link to ${address}: there is no such part of that page`;
}

/** A page that says that something is not there has links to its own parts, too. */
async function here(page) {
  const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map((element) => element.id));
  return { status: 200, ids: new Set(ids) };
}

async function ask(page, address) {
  const response = await page.context().request.get(address, { headers: { accept: 'text/html,*/*' } });
  const isPage = response.headers()['content-type']?.startsWith('text/html');
  const text = isPage ? await response.text() : '';
  return { status: response.status(), ids: new Set([...text.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1])) };
}
