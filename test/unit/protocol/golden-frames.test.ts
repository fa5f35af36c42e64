/** The golden frames: each case's bytes must mean, in Node, what the case says. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { meaningOf } from '../../support/frame-text.ts';

const folder = join(import.meta.dirname, '../../golden/frames');
const cases = readdirSync(folder).filter((name) => name.endsWith('.case'));

/** How much of the stream a reader is given at once. */
for (const step of [Infinity, 1, 7]) {
  for (const name of cases) {
    test(`${name}, ${step === Infinity ? 'whole' : `${step} bytes at a time`}`, () => {
      const [hex = '', meaning = ''] = readFileSync(join(folder, name), 'utf8').split(/^---\n/m);
      const bytes = Buffer.from(hex.replace(/#.*/g, '').replace(/\s/g, ''), 'hex');
      assert.equal(meaningOf(bytes, step), meaning);
    });
  }
}
