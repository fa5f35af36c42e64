/** The master's fifos, and files that mean a reload when touched. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { createTimers } from '../../../src/base/clock.ts';
import { OperatorError } from '../../../src/base/operator-error.ts';
import { openFifos } from '../../../src/master/triggers/fifo.ts';
import { FileWatch, stampPlaces } from '../../../src/watching/file-watch.ts';
import { until } from '../../support/until.ts';
import { directory } from './harness.ts';

/** Fifos whose commands and switches are kept as one string. */
function reading(t: TestContext, paths: string[]) {
  let heard = '';
  const fifos = openFifos(paths, createTimers(), {
    onCommands: (commands) => (heard += commands),
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

  test('keeps what stands behind such a digit until it is the active one again', async (t) => {
    const folder = directory(t);
    const [zero, one] = [join(folder, '0'), join(folder, '1')];
    const { hears } = reading(t, [zero, one]);
    appendFileSync(zero, 'a1b');
    await hears('a<1>');
    appendFileSync(one, 'c0');
    await hears('a<1>c<0>b');
  });

  test('hands a flood on in few parts, and loses none of it', async (t) => {
    const path = join(directory(t), 'fifo');
    let parts = 0;
    let heard = 0;
    const fifos = openFifos([path], createTimers(), {
      onCommands: ({ length }) => {
        parts += 1;
        heard += length;
      },
      onSwitch() {},
    });
    t.after(() => fifos.close('vacuum'));
    const writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const [size, times] = [32_768, 8];
    for (let time = 0; time < times; time += 1) {
      await until('there is room', () => {
        try {
          return writeSync(writer, 'r'.repeat(size)) === size;
        } catch {
          return false;
        }
      });
    }
    await until('all is heard', () => heard === size * times);
    closeSync(writer);
    assert.ok(parts <= 2 * times + 2, `${parts} parts`);
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
      () =>
        openFifos([join(folder, 'other'), path], createTimers(), {
          onCommands() {},
          onSwitch() {},
        }),
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

  test('may be a directory, with the files in it', (t) => {
    const folder = directory(t);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const watch = new FileWatch(stampPlaces);
    watch.watch([folder]);
    assert.deepEqual(watch.look(), []);
    utimesSync(file, 1, 1);
    assert.deepEqual(watch.look(), [folder]);
    writeFileSync(join(folder, 'new'), '');
    assert.deepEqual(watch.look(), [folder]);
  });
});
