// Pictures of every page, light and dark, wide and narrow, and a sheet that shows them all: `cargo xtask screenshots`.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pages } from './pages.js';
import { PHONE, close } from './support/site.js';
import { open } from './support/world.js';

const [folder, filter = ''] = process.argv.slice(2);
const SIZES = { 1280: { width: 1280, height: 900 }, 375: PHONE };
const SCHEMES = ['light', 'dark'];

const rows = [];
await mkdir(folder, { recursive: true });
for (const entry of pages.filter(({ name, quiet }) => !quiet && name.includes(filter))) {
  for (const role of entry.roles) rows.push(await row(entry, role));
}
await writeFile(path.join(folder, 'index.html'), sheet(rows));
await close();

async function row(entry, role) {
  const files = [];
  let address;
  for (const colorScheme of SCHEMES) {
    for (const [width, viewport] of Object.entries(SIZES)) {
      const file = `${entry.name}.${role}.${colorScheme}.${width}.png`;
      const { page, arrive } = await open(entry, { role, colorScheme, viewport });
      await arrive(page);
      address = new URL(page.url()).pathname;
      await page.screenshot({ path: path.join(folder, file), fullPage: true });
      await page.context().close();
      files.push(file);
    }
  }
  return { title: `${entry.name}, ${role}`, address, files };
}

function sheet(all) {
  const figure = (file) => `<a href="${file}"><img src="${file}" alt="${file}" loading="lazy"></a>`;
  const section = ({ title, address, files }) =>
    `<section><h2>${title}</h2><p><code>${address}</code></p><div>${files.map(figure).join('')}</div></section>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Every page of Gatehouse</title><style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 24px; background: #888; color: #000 }
div { display: flex; gap: 16px; align-items: start }
img { display: block; height: 480px; width: auto; object-fit: cover; object-position: top; box-shadow: 0 2px 8px #0008 }
</style></head><body><h1>Every page, light and dark, 1280 and 375 px</h1>${all.map(section).join('\n')}</body></html>\n`;
}
