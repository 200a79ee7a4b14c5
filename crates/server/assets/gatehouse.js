// Improves pages that work without it: copy buttons, menus that close, one language for all samples.
const COPIED_FOR = 2000;
const LANGUAGE = 'gatehouse.language';

async function copy(button, text) {
  const words = button.querySelector('.words') ?? button;
  const before = button.dataset.words ?? words.textContent;
  button.dataset.words = before;
  try {
    await navigator.clipboard.writeText(text);
    words.textContent = 'Copied';
  } catch {
    words.textContent = 'Press Ctrl+C';
  }
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => { words.textContent = before; }, COPIED_FOR);
}

/** The text beside a copy button: what `data-copy` names, else the code that is seen in the same block. */
function textOf(button) {
  const named = button.dataset.copy && document.getElementById(button.dataset.copy);
  const block = button.closest('.copy-field, .code');
  const code = named || [...(block?.querySelectorAll('code') ?? [])].find((element) => element.checkVisibility?.() ?? true);
  return code ? (code.value ?? code.textContent).replace(/\n$/, '') : '';
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false;
  button.setAttribute('aria-live', 'polite');
}

// What is shown once, as a file that is named after it, or on paper.
for (const button of document.querySelectorAll('button[data-download]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    const { id, textContent } = document.getElementById(button.dataset.download);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([textContent], { type: 'text/plain' }));
    link.download = `${id}.txt`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

for (const button of document.querySelectorAll('button[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-copy]');
  if (button) copy(button, textOf(button));
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

// A language chosen once is the language of every sample, here and on the next page.
function choose(language) {
  for (const tab of document.querySelectorAll('.tab-list input')) {
    if (tab.value === language) tab.checked = true;
  }
}

document.addEventListener('change', (event) => {
  if (!event.target.matches('.tab-list input')) return;
  choose(event.target.value);
  try { localStorage.setItem(LANGUAGE, event.target.value); } catch { /* private windows may refuse */ }
});

try { choose(localStorage.getItem(LANGUAGE)); } catch { /* as above */ }

// A choice that sends its form by itself; without script the form has a button.
for (const select of document.querySelectorAll('select[data-sends]')) {
  select.addEventListener('change', () => select.form.submit());
}

// A text that is picked goes into its box, after what was typed there; without script a button sends the form.
for (const select of document.querySelectorAll('select[data-fills]')) {
  if ([...select.options].some((option) => option.value && !document.getElementById(option.value))) continue;
  const button = select.nextElementSibling;
  button.type = 'button';
  button.hidden = true;
  select.addEventListener('change', () => {
    const box = document.getElementById(select.dataset.fills);
    const text = document.getElementById(select.value)?.textContent ?? '';
    const isPicked = [...select.options].some((option) => option.value && box.value === document.getElementById(option.value)?.textContent);
    box.value = isPicked || !box.value.trim() ? text : `${box.value.trimEnd()}\n\n${text}`;
    select.value = '';
    box.focus();
  });
}

// How many are ticked.
for (const told of document.querySelectorAll('[data-counts]')) {
  const count = () => {
    const ticked = told.closest('form').querySelectorAll(`input[name="${told.dataset.counts}"]:checked`).length;
    told.textContent = `${ticked} chosen`;
  };
  told.setAttribute('aria-live', 'polite');
  told.closest('form').addEventListener('change', count);
  addEventListener('pageshow', count);
}

// What is waited for is asked for again while somebody looks at it, until it has arrived.
const ASKED_EVERY = 2000;
const ASKED_AT_MOST = 900;

function watch(part) {
  let asked = 0;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    asked += 1;
    try {
      const answer = await fetch(part.dataset.watch, { redirect: 'error' });
      const html = answer.ok ? await answer.text() : part.innerHTML;
      if (part.dataset.seen !== html) part.innerHTML = part.dataset.seen = html;
    } catch { /* the next try comes soon */ }
    if (asked >= ASKED_AT_MOST || part.querySelector('[data-arrived]')) clearInterval(timer);
  }, ASKED_EVERY);
}

for (const part of document.querySelectorAll('[data-watch]')) {
  if (!part.querySelector('[data-arrived]')) watch(part);
}

// On a narrow screen navigation scrolls sideways: where one is, is seen.
for (const here of document.querySelectorAll(':is(.site-nav, .subnav, .tabs) ul [aria-current]')) {
  const list = here.closest('ul');
  list.scrollLeft += here.getBoundingClientRect().left - list.getBoundingClientRect().left - 24;
}

// What was done is said once: the page is looked at again for how things are.
const here = new URL(location.href);
if (here.searchParams.has('done')) {
  for (const name of ['done', 'replaced', 'sent']) here.searchParams.delete(name);
  history.replaceState(history.state, '', here);
}

// Errors are read out first.
document.querySelector('.error-summary')?.focus();

// The address that was typed on one page of signing in is known on the next, in this tab, until somebody is signed in.
const TYPED = 'gatehouse.address';

try {
  if (document.querySelector('.menu.account')) sessionStorage.removeItem(TYPED);
  const typed = sessionStorage.getItem(TYPED);
  for (const told of document.querySelectorAll('[data-typed]')) told.textContent = typed ?? told.textContent;
  for (const field of document.querySelectorAll('form[method="post"] input[autocomplete~="username"]')) {
    field.form.addEventListener('submit', () => sessionStorage.setItem(TYPED, field.value));
    if (!typed || field.value) continue;
    field.value = typed;
    if (field.autofocus) field.form.querySelector('[type="password"]')?.focus();
  }
} catch { /* as above */ }

// Sign-up starts in the reader's time zone; the profile changes it.
for (const field of document.querySelectorAll('input[data-time-zone]')) {
  field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
}

// What was typed into other forms of a page than the one that is sent stands there again when the page comes back.
const KEPT = 'gatehouse.kept';
const isTyped = (field) => field.value !== field.defaultValue || (field.checked && !field.defaultChecked);

document.addEventListener('submit', ({ target }) => {
  const part = target.closest('[data-keeps]');
  const others = [...(part?.querySelectorAll('textarea, input') ?? [])].filter((field) => field.form !== target && isTyped(field));
  sessionStorage.setItem(KEPT, JSON.stringify([part?.dataset.keeps, others.map(({ name, value }) => [name, value])]));
});

try {
  const [key, kept] = JSON.parse(sessionStorage.getItem(KEPT));
  const part = document.querySelector('[data-keeps]');
  for (const [name, value] of part.dataset.keeps === key ? kept : []) {
    for (const field of part.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type !== 'radio') field.value = value;
      else if (field.value === value) field.checked = true;
      field.closest('details')?.setAttribute('open', '');
    }
    sessionStorage.removeItem(KEPT);
  }
} catch { /* as above */ }
