// How a person works a page: with a pointer, or with nothing but the keyboard.

import assert from 'node:assert/strict';

/** More than any page has places for the focus. */
const MOST_TABS = 300;

/** Clicks and types. */
export class Pointer {
  constructor(page) {
    this.page = page;
  }

  async fill(label, text) {
    await this.write(this.field(label), text);
  }

  async write(field, text) {
    await field.fill(text);
  }

  /** Ticks a box or chooses one of several. */
  async tick(label) {
    await this.choose(this.choice(label));
  }

  async choose(choice) {
    await choice.check();
  }

  async press(name) {
    await this.button(name).click();
  }

  async follow(name) {
    await this.link(name).click();
  }

  field(label) {
    return this.page.getByLabel(label).filter({ visible: true }).first();
  }

  choice(label) {
    return this.page.getByRole('radio', { name: label }).or(this.page.getByRole('checkbox', { name: label })).first();
  }

  button(name) {
    return this.page.getByRole('button', { name }).filter({ visible: true }).first();
  }

  link(name) {
    return this.page.getByRole('link', { name }).filter({ visible: true }).first();
  }
}

/** The same with Tab, arrows, Space and Enter. */
export class Keyboard extends Pointer {
  async write(field, text) {
    await this.reach(field);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
  }

  async choose(wanted) {
    await wanted.waitFor();
    if (await wanted.isChecked()) return;
    if ((await wanted.getAttribute('type')) === 'checkbox') {
      await this.reach(wanted);
      await this.page.keyboard.press('Space');
    } else {
      const name = await wanted.getAttribute('name');
      const group = this.page.locator(`input[type=radio][name="${name}"]`);
      await this.reach(group);
      const steps = await group.count();
      for (let step = 0; step <= steps && !(await wanted.isChecked()); step += 1) {
        // Space takes the one that has the focus; arrows go on from there.
        await this.page.keyboard.press(step === 0 ? 'Space' : 'ArrowDown');
      }
    }
    assert.equal(await wanted.isChecked(), true, `the keyboard does not choose ${wanted}`);
  }

  async press(name) {
    await this.reach(this.button(name));
    await this.page.keyboard.press('Enter');
  }

  async follow(name) {
    await this.reach(this.link(name));
    await this.page.keyboard.press('Enter');
  }

  /** Tab until one of these has the focus. */
  async reach(wanted) {
    await wanted.first().waitFor();
    for (let step = 0; step < MOST_TABS; step += 1) {
      if (await wanted.evaluateAll((elements) => elements.includes(document.activeElement))) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`Tab does not reach ${wanted}`);
  }
}
