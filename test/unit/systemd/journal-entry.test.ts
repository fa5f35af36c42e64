/** Entries of the journal as bytes, and which descriptor is the journal. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { encodeEntry, isJournalStream, reeveField } from '../../../src/systemd/journal-entry.ts';

describe('an entry of the journal', () => {
  test('has a line for each field', () => {
    const entry = encodeEntry([
      { name: 'PRIORITY', value: '3' },
      { name: 'MESSAGE', value: 'wörker = 1' },
    ]);
    assert.equal(entry.toString(), 'PRIORITY=3\nMESSAGE=wörker = 1\n');
  });

  test('has the length, little-endian in 8 bytes, before a value of several lines', () => {
    const entry = encodeEntry([{ name: 'MESSAGE', value: 'a\nbc' }]);
    assert.equal(entry.toString('latin1'), 'MESSAGE\n\x04\0\0\0\0\0\0\0a\nbc\n');
  });

  test('takes bytes as they are', () => {
    const bytes = Buffer.of(0xff, 0x00, 0x0a);
    const value = bytes.toString('latin1');
    const entry = encodeEntry([{ name: 'REQUEST_URI', value, isBytes: true }]);
    assert.deepEqual(
      entry,
      Buffer.concat([
        Buffer.from('REQUEST_URI\n'),
        Buffer.of(3, 0, 0, 0, 0, 0, 0, 0),
        bytes,
        Buffer.of(0x0a),
      ]),
    );
  });

  test('cannot be given a field that journald would drop', () => {
    for (const name of ['', '_PID', 'lower', '1ST', 'A-B', 'A'.repeat(65)]) {
      assert.throws(() => encodeEntry([{ name, value: '' }]), /is no name of a journal field/);
    }
  });
});

test('names of ours become REEVE_ and words', () => {
  const names = ['exitCode', 'count', 'othersRunning', 'a.b c', 'time_'].map(reeveField);
  assert.deepEqual(names, [
    'REEVE_EXIT_CODE',
    'REEVE_COUNT',
    'REEVE_OTHERS_RUNNING',
    'REEVE_A_B_C',
    'REEVE_TIME_',
  ]);
  assert.equal(reeveField('x'.repeat(100)).length, 64);
});

test('a descriptor is the journal only where JOURNAL_STREAM names that very one', () => {
  assert.equal(isJournalStream('9:173520', '9:173520'), true);
  assert.equal(isJournalStream('9:173520', '9:17352'), false);
  assert.equal(isJournalStream(undefined, '9:173520'), false);
  assert.equal(isJournalStream(undefined, ''), false);
});
