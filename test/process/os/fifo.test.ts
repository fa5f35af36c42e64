/** The master's fifos, and files that mean a reload when touched. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { OperatorError } from '../../../src/base/operator-error.ts';
import { openFifos } from '../../../src/master/operator/fifo.ts';
import { FileWatch } from '../../../src/watching/file-watch.ts';
import { until } from '../../support/until.ts';
import { directory } from './harness.ts';

/** Fifos whose commands and switches are kept as one string. */
function reading(t: TestContext, paths: string[]) {
  let heard = '';
  const fifos = openFifos(paths, {
    onCommand: (command) => (heard += command),
    onSwitch: (path) => (heard += `<${path.slice(-1)}>`),
  });
  t.after(() => fifos.close('vacuum'));
  const hears = (text: string) =>
    until(`the fifos say ${text}`, () => {
      if (heard === text) return true;
      throw new Error(heard);
    });
  return { fifos, hears };
}

describe('a fifo', () => {
  test('takes each byte as a command, from one writer after another', async (t) => {
    const path = join(directory(t), 'fifo');
    const { hears } = reading(t, [path]);
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    appendFileSync(path, 'r');
    await hears('r');
    appendFileSync(path, 'lq\n');
    await hears('rlq');
  });

  test('gives way to another by a digit; what waits in that one is read then', async (t) => {
    const folder = directory(t);
    const [zero, one] = [join(folder, '0'), join(folder, '1')];
    const { hears } = reading(t, [zero, one]);
    appendFileSync(one, 'a');
    appendFileSync(zero, 'b5');
    await hears('b5');
    appendFileSync(zero, '1');
    await hears('b5<1>a');
    appendFileSync(one, 'c0');
    await hears('b5<1>ac<0>');
  });

  test('takes the place of one that was left behind, but not of a file', (t) => {
    const folder = directory(t);
    const path = join(folder, 'fifo');
    reading(t, [path]).fifos.close('keep');
    assert.ok(existsSync(path));
    reading(t, [path]).fifos.close('vacuum');
    assert.ok(!existsSync(path));
    writeFileSync(path, 'precious');
    assert.throws(
      () => openFifos([join(folder, 'other'), path], { onCommand() {}, onSwitch() {} }),
      (error) => error instanceof OperatorError && error.exitCode === 73,
    );
    assert.ok(!existsSync(join(folder, 'other')));
  });
});

describe('a watched file', () => {
  test('is touched when its time changes, when it appears and when it goes', (t) => {
    const folder = directory(t);
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    writeFileSync(first, '');
    const watch = new FileWatch();
    watch.watch([first, second]);
    assert.deepEqual(watch.look(), []);
    utimesSync(first, 1, 1);
    assert.deepEqual(watch.look(), [first]);
    writeFileSync(second, '');
    assert.deepEqual(watch.look(), [second]);
    unlinkSync(second);
    watch.watch([second]);
    assert.deepEqual(watch.look(), [second]);
    assert.deepEqual(watch.look(), []);
  });
});
