/** What letters of a master-fifo ask for that came together. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { cutAtSwitch } from '../../../../src/master/triggers/fifo.ts';
import { readLetters } from '../../../../src/master/triggers/letters.ts';
import { lettersWithoutEffect, signals } from '../../../../src/tables/signals.ts';

function actions(text: string) {
  return readLetters(text).map(({ action }) => action);
}

describe('letters that came together', () => {
  test('are done once each, in the order in which they came', () => {
    assert.deepEqual(
      actions('lLsslLC').map(({ kind }) => kind),
      ['reopen', 'rotate', 'status', 'sleep'],
    );
  });

  test('are one reload, of the strongest kind', () => {
    assert.deepEqual(actions('cwrrc'), [{ kind: 'reload', how: 'reload' }]);
    assert.deepEqual(actions('rW'), [{ kind: 'reload', how: 'brutal' }]);
    assert.deepEqual(actions('wc'), [{ kind: 'reload', how: 'workers' }]);
    assert.deepEqual(actions('c'.repeat(100_000)), [{ kind: 'reload', how: 'chain' }]);
  });

  test('add up where they count workers, and a second p takes the first one back', () => {
    assert.deepEqual(actions('++-+'), [{ kind: 'scale', change: 2 }]);
    assert.deepEqual(actions('+-'), []);
    assert.deepEqual(actions('ppp'), [{ kind: 'toggle-pause' }]);
    assert.deepEqual(actions('pp'), []);
  });

  test('that are no command are shown, but a few, and nothing that harms a terminal', () => {
    const found = readLetters(`z\u001b\u00e9${'abdeghijkmno'}`);
    assert.deepEqual(found, [{ letters: 'z??abdeghi', action: { kind: 'nothing', why: '' } }]);
  });
});

test('every letter of uWSGI has a meaning, or says why it has none', () => {
  for (const letter of '+-BcCEflLpPqQrRsSwW') {
    const [found] = readLetters(letter);
    assert.ok(found !== undefined, letter);
    const isIdle = Object.hasOwn(lettersWithoutEffect, letter);
    assert.equal(found.action.kind === 'nothing', isIdle, letter);
    if (found.action.kind === 'nothing') assert.notEqual(found.action.why, '', letter);
    const isInManual = signals.some(({ letters }) => letters.includes(letter));
    assert.equal(isInManual, !isIdle, `${letter} is in the manual`);
  }
});

test('a digit that names a fifo ends what is done now; another one is a command', () => {
  assert.deepEqual(cutAtSwitch('rl1sq', 2), ['rl', '1', 'sq']);
  assert.deepEqual(cutAtSwitch('r\n5s\n', 2), ['r5s', '', '']);
  assert.deepEqual(cutAtSwitch('', 2), ['', '', '']);
});
