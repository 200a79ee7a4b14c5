// Somebody in a browser of their own, and what went wrong there.

import assert from 'node:assert/strict';
import { site } from './site.js';

export class Person {
  /** `how` says how this person works: hands, javaScript, viewport; `who` is signed in already. */
  static async come(how, who) {
    const person = new Person();
    person.page = await site.page({ ...how, person: who });
    person.hands = new how.Hands(person.page);
    person.hasScript = how.javaScript !== false;
    person.heard = [];
    person.page.on('pageerror', (error) => person.heard.push(error.message));
    person.page.on('console', (message) => {
      // A form that comes back with what is wrong in it is no error of the page.
      if (message.type() === 'error' && !message.text().includes('status of 422')) person.heard.push(message.text());
    });
    return person;
  }

  /** The page with this heading is there, and fits. */
  async sees(heading) {
    await this.waitsFor(this.page.getByRole('heading', { name: heading }).first());
    const { width } = this.page.viewportSize();
    assert.equal(await this.page.evaluate((most) => document.documentElement.scrollWidth <= most, width), true, `${heading} is too wide`);
  }

  /** These words are somewhere on the page. */
  async reads(words) {
    await this.waitsFor(this.page.getByText(words).filter({ visible: true }).first());
  }

  /** Says what is there instead, if it does not come. */
  async waitsFor(locator) {
    try {
      await locator.waitFor();
    } catch {
      const text = await this.page.locator('main').innerText();
      assert.fail(`${locator} did not come at ${this.page.url()}, which says:\n${text.slice(0, 800)}`);
    }
  }

  async opens(address) {
    return this.page.goto(address);
  }

  /** What a block of code or a field to copy shows. */
  async takes(locator) {
    return (await locator.innerText()).trim();
  }

  async leaves() {
    await this.page.context().close();
    assert.deepEqual(this.heard, []);
  }
}
