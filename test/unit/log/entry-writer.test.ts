/** Requests on their way to the journal: none is waited for, and what is lost is said. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { EntryWriter } from '../../../src/log/entry-writer.ts';
import type { SendResult } from '../../../src/log/journal-log.ts';

/** A journal that takes what it is told to, and what arrived. */
function writerOf(answer: () => SendResult) {
  const sent: string[] = [];
  const lines: string[] = [];
  const writer = new EntryWriter({
    journal: {
      send: ([field]) => {
        const result = answer();
        if (result === 'sent') sent.push(String(field?.value));
        return result;
      },
    },
    otherwise: (line) => lines.push(line),
    dropNotice: (count) => entry(`${count} dropped`),
  });
  return { writer, sent, lines };
}

function entry(text: string) {
  return { fields: [{ name: 'MESSAGE', value: text }], line: `<6>${text}\n` };
}

describe('an entry writer', () => {
  test('sends at once', () => {
    const { writer, sent } = writerOf(() => 'sent');
    writer.write(entry('a'));
    assert.deepEqual(sent, ['a']);
  });

  test('keeps the order while the journal has no room', async () => {
    let hasRoom = false;
    const { writer, sent } = writerOf(() => (hasRoom ? 'sent' : 'full'));
    writer.write(entry('a'));
    hasRoom = true;
    writer.write(entry('b'));
    assert.deepEqual(sent, []);
    await writer.flush();
    assert.deepEqual(sent, ['a', 'b']);
    assert.equal(writer.dropped, 0);
  });

  test('drops beyond its limit, and says how many before the next', async () => {
    let hasRoom = false;
    const { writer, sent } = writerOf(() => (hasRoom ? 'sent' : 'full'));
    for (let count = 0; count < 2_003; count += 1) writer.write(entry(String(count)));
    assert.equal(writer.dropped, 3);
    hasRoom = true;
    await writer.flush();
    assert.deepEqual(sent.slice(0, 3), ['3 dropped', '0', '1']);
    assert.equal(sent.length, 2_001);
  });

  test('hands lines on where there is no journal', () => {
    const { writer, lines } = writerOf(() => 'gone');
    writer.write(entry('a'));
    assert.deepEqual(lines, ['<6>a\n']);
  });
});
