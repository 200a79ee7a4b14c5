// The mailbox folder: one `.eml` file a mail.

import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PATIENCE, mailFolder } from './installation.js';

/**
 * The newest mail to `address` whose subject matches; waits for it.
 * @returns {Promise<{ to: string, subject: string, text: string, links: string[] }>}
 */
export async function newestMail(address, subject = /./) {
  await mkdir(mailFolder, { recursive: true, mode: 0o700 });
  const stop = AbortSignal.timeout(PATIENCE);
  const watcher = watch(mailFolder);
  try {
    while (!stop.aborted) {
      // Listened for before the folder is read, so that no mail falls in between.
      const change = once(watcher, 'change', { signal: stop }).catch(() => undefined);
      const found = (await mailsTo(address)).filter((mail) => subject.test(mail.subject)).at(-1);
      if (found) return found;
      await change;
    }
  } finally {
    watcher.close();
  }
  const all = (await mails()).map((mail) => `${mail.to}: ${mail.subject}`).join('\n');
  throw new Error(`no mail to ${address} with a subject like ${subject} came; these did:\n${all}`);
}

/** The link of a mail to a page below `path`. */
export function linkTo(mail, path) {
  const found = mail.links.find((link) => new URL(link).pathname.startsWith(path));
  if (!found) throw new Error(`no link to ${path} in:\n${mail.text}`);
  return found;
}

/** Every mail to `address`, oldest first. */
export async function mailsTo(address) {
  return (await mails()).filter((mail) => mail.to === address);
}

/** The names are ids, which sort by time. */
async function mails() {
  const names = (await readdir(mailFolder)).filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(names.map(async (name) => parse(await readFile(path.join(mailFolder, name), 'utf8'))));
}

/** A mail as we write it: one part, or plain text first among several. */
export function parse(source) {
  const { headers, body } = part(source);
  const boundary = /boundary="?([^";]+)"?/i.exec(headers['content-type'] ?? '')?.[1];
  const plain = boundary
    ? body.split(`--${boundary}`).map((text) => part(text.trimStart())).find((one) => /text\/plain/i.test(one.headers['content-type'] ?? ''))
    : { headers, body };
  const text = decoded(plain.headers['content-transfer-encoding'], plain.body);
  return {
    to: (headers.to ?? '').replace(/^.*<(.*)>$/, '$1').trim(),
    subject: words(headers.subject ?? ''),
    text,
    links: [...text.matchAll(/https?:\/\/[^\s<>"]+/g)].map((match) => match[0].replace(/[.,)]+$/, '')),
  };
}

function part(source) {
  const text = source.replaceAll('\r\n', '\n');
  const end = text.indexOf('\n\n');
  const head = text.slice(0, end).replaceAll(/\n[ \t]+/g, ' ');
  const fields = head.split('\n').map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  return { headers: Object.fromEntries(fields), body: text.slice(end + 2) };
}

function decoded(encoding, body) {
  if (/base64/i.test(encoding ?? '')) return Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n');
  if (!/quoted-printable/i.test(encoding ?? '')) return body;
  const joined = body.replaceAll(/=\n/g, '');
  const bytes = [];
  for (let at = 0; at < joined.length; at += 1) {
    const hex = joined[at] === '=' && joined.slice(at + 1, at + 3);
    if (hex && /^[0-9A-F]{2}$/i.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else bytes.push(...Buffer.from(joined[at]));
  }
  return Buffer.from(bytes).toString('utf8');
}

/** Encoded words of RFC 2047. */
function words(text) {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?B\?([^?]*)\?=/gi, (_, base64) => Buffer.from(base64, 'base64').toString('utf8'));
}
