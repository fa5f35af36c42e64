/** How a log line reads. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { plainLine, terminalLine } from '../../../src/log/log-line.ts';
import type { LogRecord } from '../../../src/log/log-line.ts';

const record: LogRecord = {
  time: '2026-11-23T12:03:04.123Z',
  level: 'info',
  role: 'master',
  event: 'worker.ready',
  fields: { slot: 1, pid: 123 },
  sentence: 'worker 1 is ready',
};

describe('a plain line', () => {
  test('has the time, who speaks, the level, the event, its fields and the sentence', () => {
    const expected =
      '2026-11-23T12:03:04.123Z master info worker.ready slot=1 pid=123: worker 1 is ready\n';
    assert.equal(plainLine(record), expected);
  });

  test('quotes fields that are no single word, and escapes control characters', () => {
    const fields = { path: '/a b', raw: '\u001b[31m\u009b', none: null, equal: 'a=b' };
    const line = plainLine({ ...record, fields, sentence: 'bell \u0007' });
    const shown = String.raw`path="/a b" raw=\x1b[31m\x9b none=null equal="a=b": bell \x07`;
    assert.ok(line.includes(shown), line);
  });

  test('continues on indented lines, so that no sentence can forge another line', () => {
    const line = plainLine({ ...record, sentence: 'Traceback\n  File "x"\nValueError\n' });
    assert.ok(line.endsWith(': Traceback\n      File "x"\n    ValueError\n'), line);
  });
});

describe('a line on a terminal', () => {
  test('is the time of day and the sentence; only trouble names its level', () => {
    assert.match(terminalLine(record), /^\d\d:\d\d:\d\d worker 1 is ready\n$/);
    assert.match(terminalLine({ ...record, level: 'warn' }), /^\S+ warning: worker 1 is ready\n$/);
    assert.match(terminalLine({ ...record, level: 'error' }), /^\S+ error: worker 1 is ready\n$/);
  });
});
