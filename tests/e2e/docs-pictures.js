// The pictures that the docs show: `cargo xtask screenshots --docs`. What is to be seen is in pages.js (`picture`).

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pages } from './pages.js';
import { close } from './support/site.js';
import { open } from './support/world.js';

const [folder, filter = ''] = process.argv.slice(2);
const VIEWPORT = { width: 1120, height: 760 };
/** Of WebP: text stays sharp, a page takes about 30 KB. */
const QUALITY = 80;

for (const entry of pages.filter(({ picture }) => picture?.includes(filter))) {
  const { page, arrive } = await open(entry, { role: entry.roles[0], viewport: VIEWPORT });
  await arrive(page);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  await writeFile(path.join(folder, `${entry.picture}.webp`), Buffer.from(data, 'base64'));
  await page.context().close();
}
await close();
