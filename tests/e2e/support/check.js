// What every page keeps, whoever looks at it: `checkPage` finds what is wrong, in words.

import { AxeBuilder } from '@axe-core/playwright';
import { htmlProblems } from './html.js';
import { linkProblems } from './links.js';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What light and dark can differ in. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];
/** Of the pages with the longest lists of links, the first this many are walked through. */
const MOST_FOCUSED = 40;

/**
 * Opens a page and looks at everything.
 * @param arrive goes there, and gives the answer
 * @returns {Promise<string[]>} what is wrong; nothing for a good page
 */
export async function checkPage(page, arrive, { status = 200, reader = 'visitor', schemes = ['light', 'dark'] } = {}) {
  const heard = listen(page, status);
  const response = await arrive(page);
  const problems = [];
  if (response.status() !== status) problems.push(`answers ${response.status()}, not ${status}`);
  problems.push(...(await htmlProblems(await response.text())));
  problems.push(...(await axeProblems(page, 'light', (axe) => axe.withTags(RULES))));
  if (schemes.includes('dark')) {
    await page.emulateMedia({ colorScheme: 'dark' });
    problems.push(...(await axeProblems(page, 'dark', (axe) => axe.withRules(COLOUR_RULES))));
    await page.emulateMedia({ colorScheme: 'light' });
  }
  problems.push(...(await focusProblems(page)));
  problems.push(...(await widthProblems(page)));
  problems.push(...(await linkProblems(page, reader)));
  return [...problems, ...heard];
}

/** The same page without JavaScript: nothing is lost, nothing breaks. */
export async function checkPageWithoutJavaScript(page, arrive, { status = 200 } = {}) {
  const heard = listen(page, status);
  // Our own switch, not the context's: axe needs scripts of its own after the page has been read.
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setScriptExecutionDisabled', { value: true });
  const response = await arrive(page);
  const problems = response.status() === status ? [] : [`answers ${response.status()}, not ${status}`];
  await session.send('Emulation.setScriptExecutionDisabled', { value: false });
  problems.push(...(await axeProblems(page, 'without JavaScript', (axe) => axe.withTags(RULES))));
  problems.push(...(await widthProblems(page)));
  return [...problems, ...heard];
}

/** Whatever the console says in red, what the policy refuses, and scripts that fail. */
function listen(page, status) {
  const heard = [];
  page.on('pageerror', (error) => heard.push(`script failed: ${error.message}`));
  page.on('console', (message) => {
    // Chromium reports a page's own 404 as an error, which it is not when it was asked for.
    const isOwnStatus = status >= 400 && message.location().url === page.url() && message.text().includes(`${status}`);
    if (message.type() === 'error' && !isOwnStatus) heard.push(`console: ${message.text()}`);
  });
  return heard;
}

async function axeProblems(page, how, choose) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  const { violations } = await choose(new AxeBuilder({ page })).analyze();
  return violations.flatMap((violation) =>
    violation.nodes.map((node) => `axe ${violation.id} (${how}): ${node.target.join(' ')}: ${node.failureSummary ?? violation.help}`),
  );
}

/** Tab goes through the page; where it is can be seen each time. */
async function focusProblems(page) {
  const problems = [];
  const seen = new Set();
  for (let step = 0; step < MOST_FOCUSED; step += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(lookAtFocus);
    if (!focused || seen.has(focused.place)) break;
    seen.add(focused.place);
    if (!focused.isMarked) problems.push(`focus cannot be seen: ${focused.name}`);
    if (focused.isHidden) problems.push(`what has the focus is hidden: ${focused.name}`);
  }
  const some = await page.locator('a[href]:visible, button:visible, input:visible').count();
  if (some > 0 && seen.size === 0) problems.push('Tab reaches nothing');
  return problems;
}

/** In the page: what has the focus, and whether a person sees that. */
function lookAtFocus() {
  const element = document.activeElement;
  if (!element || element === document.body) return undefined;
  const around = [element, element.parentElement, ...(element.labels ?? [])];
  const looks = () =>
    around
      .flatMap((one) => [getComputedStyle(one), getComputedStyle(one, '::after')])
      .map((style) => (style.outlineStyle === 'none' ? '' : `${style.outline} `) + style.boxShadow + style.borderColor);
  const withFocus = looks();
  element.blur();
  const isMarked = looks().some((without, index) => without !== withFocus[index]);
  element.focus();
  const box = element.getBoundingClientRect();
  const middle = (start, end, most) => (Math.max(start, 0) + Math.min(end, most)) / 2;
  const at = document.elementFromPoint(middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
  const covers = at && (element.contains(at) || at.contains(element) || around.some((one) => one.contains(at)));
  const isHidden = box.width < 1 || box.height < 1 || !covers;
  const place = [...document.querySelectorAll('*')].indexOf(element);
  return { place, name: element.outerHTML.slice(0, 160), isMarked, isHidden };
}

/** At 320 px nothing scrolls sideways (WCAG 1.4.10). */
async function widthProblems(page) {
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 900 });
  const problems = await page.evaluate(() => {
    const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
    const isCut = (element) => element !== null && (scrolls(element) || isCut(element.parentElement));
    const isWide = (element) => element.getBoundingClientRect().right > 321 && !isCut(element.parentElement) && element.checkVisibility();
    const wide = [...document.body.querySelectorAll('*')].filter(isWide).map((element) => element.outerHTML.slice(0, 120));
    const page = document.documentElement.scrollWidth > 320 ? [`is ${document.documentElement.scrollWidth} px wide`] : [];
    return [...page, ...wide.slice(0, 3).map((html) => `reaches over the edge: ${html}`)];
  });
  await page.setViewportSize({ width, height });
  return problems.map((problem) => `at 320 px: ${problem}`);
}
