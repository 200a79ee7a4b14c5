// Opens what a link shows once. The key is behind the # and stays in this browser; crates/core/src/portal/link_key.rs is
// the other side. Without this script, or on a page that did not come by https, the page says what else to do.
const ABOUT = new TextEncoder().encode('gatehouse secret link v1');
const NONCE = 12;

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));

const page = document.querySelector('[data-reveal]');
const part = (name) => page.querySelector(`[data-${name}]`);
const button = part('ready').querySelector('button');

function tell(words) {
  part('failed').textContent = words;
  part('failed').hidden = false;
}

/** The key is whole before anything is used up: 32 bytes in base64url, whose last character has two unused bits. */
const whole = () => /^#[\w-]{42}[AEIMQUYcgkosw048]$/.test(location.hash);

async function open(sealed) {
  const key = await crypto.subtle.importKey('raw', bytes(location.hash.slice(1)), 'AES-GCM', false, ['decrypt']);
  const how = { name: 'AES-GCM', iv: sealed.slice(0, NONCE), additionalData: ABOUT };
  return new TextDecoder().decode(await crypto.subtle.decrypt(how, key, sealed.slice(NONCE)));
}

function show(text) {
  part('shown').querySelector('pre code').textContent = text;
  for (const name of ['waits', 'ready', 'failed']) part(name).hidden = true;
  part('shown').hidden = false;
  part('shown').querySelector('h2').focus();
}

async function reveal() {
  part('failed').hidden = true;
  button.disabled = true;
  let answer;
  try {
    answer = await fetch(location.pathname, { method: 'POST', body: new URLSearchParams(), redirect: 'error' });
  } catch {
    button.disabled = false;
    tell('There was no answer. Try once more.');
    return;
  }
  if (answer.status === 410) {
    forget();
    // The page says what that means, and what to do.
    location.reload();
    return;
  }
  if (!answer.ok) {
    button.disabled = false;
    tell('Something went wrong on our side. Try again in a moment.');
    return;
  }
  try {
    const { sealed } = await answer.json();
    show(await open(bytes(sealed)));
  } catch {
    part('ready').hidden = true;
    tell('The link was changed on its way, so what it held cannot be read. Ask whoever sent it for another one.');
  }
  forget();
}

/** The key leaves the address bar, and with it what is shared or kept of it. */
function forget() {
  removeEventListener('hashchange', look);
  history.replaceState(null, '', location.pathname);
}

function look() {
  part('by-hand').hidden = true;
  part('cut').hidden = whole();
  part('ready').hidden = !whole();
}

if (globalThis.crypto?.subtle) {
  look();
  // The whole link, pasted over the cut one, is the same page to the browser.
  addEventListener('hashchange', look);
  button.addEventListener('click', reveal);
}
