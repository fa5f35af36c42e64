/** What the journal is told of an event and of a request. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  identifierOf,
  messageOf,
  priorityOf,
  recordEntry,
  requestEntry,
  withPriority,
} from '../../../src/log/journal-record.ts';
import type { LogRecord } from '../../../src/log/log-line.ts';
import type { RequestRecord } from '../../../src/log/request-record.ts';
import type { JournalField } from '../../../src/systemd/journal-entry.ts';
import { logEvents } from '../../../src/tables/log-events.ts';

const exited: LogRecord = {
  time: '2026-11-23T12:03:04.123Z',
  level: 'error',
  role: 'master',
  event: 'worker.exited',
  fields: { slot: 2, generation: 1, pid: 4711, exitCode: 3, list: ['a'] },
  sentence: 'worker 2 (pid 4711) exited\n',
};

const served: RequestRecord = {
  method: 'GET',
  uri: '/caf\u00c3\u00a9?q=1',
  protocol: 'HTTP/1.1',
  status: 500,
  address: '192.0.2.1',
  logVariables: [],
  variables: ['0'],
  variableCount: 0,
  variableBytes: 0,
  bodyBytes: 0,
  headerCount: 0,
  headerBytes: 0,
  durationMicros: 1234,
  finishedAt: new Date(0),
  isFromFile: false,
  application: 0,
  pid: 1,
  worker: 2,
  generation: 3,
  thread: 0,
  workerRequests: 1,
  totalRequests: 1,
  residentBytes: 0,
  requestId: 'abc',
  waitMicros: 0,
  queuedBehind: 0,
};

function texts(fields: readonly JournalField[]): Record<string, string> {
  return Object.fromEntries(
    fields.map(({ name, value, isBytes }) => [
      name,
      isBytes === true ? Buffer.from(value, 'latin1').toString() : value,
    ]),
  );
}

describe('the entry for an event', () => {
  test('has priority, identifier, number, and the fields by their names', () => {
    assert.deepEqual(texts(recordEntry(exited, 'blog', messageOf(exited))), {
      PRIORITY: '3',
      SYSLOG_IDENTIFIER: 'blog/master',
      MESSAGE_ID: logEvents['worker.exited'].id,
      REEVE_APP: 'blog',
      REEVE_ROLE: 'master',
      REEVE_EVENT: 'worker.exited',
      REEVE_WORKER: '2',
      REEVE_GENERATION: '1',
      REEVE_PID: '4711',
      REEVE_EXIT_CODE: '3',
      REEVE_LIST: '["a"]',
      MESSAGE: 'worker 2 (pid 4711) exited',
    });
  });

  test('has no time of ours, and no control character that would hide it from journalctl', () => {
    const message = messageOf({ ...exited, sentence: 'one\r\n\ttwo\u001b[31m\n\n' });
    assert.equal(message, 'one\n\ttwo\\x1b[31m');
  });

  test('names the request that it is about as the request itself is named', () => {
    const fields = { method: 'GET', uri: '/\u00c3\u00a9', requestId: 'abc' };
    const entry = texts(recordEntry({ ...exited, fields }, 'blog', 'x'));
    const { REQUEST_METHOD: method, REQUEST_URI: uri, REQUEST_ID: id } = entry;
    assert.deepEqual([method, uri, id], ['GET', '/é', 'abc']);
  });
});

describe('the entry for a request', () => {
  const facts = { speaker: { app: 'blog', role: 'http 1' }, address: '192.0.2.9' };

  test('has what one asks the journal for', () => {
    assert.deepEqual(texts(requestEntry(served, 'GET /caf\u00c3\u00a9\n', facts)), {
      PRIORITY: '6',
      SYSLOG_IDENTIFIER: 'blog/http-1',
      MESSAGE_ID: logEvents['request.served'].id,
      REEVE_APP: 'blog',
      REEVE_ROLE: 'http 1',
      REEVE_EVENT: 'request.served',
      REEVE_WORKER: '2',
      REEVE_GENERATION: '3',
      REQUEST_METHOD: 'GET',
      REQUEST_URI: '/café?q=1',
      STATUS: '500',
      DURATION_USEC: '1234',
      REMOTE_ADDR: '192.0.2.9',
      REQUEST_ID: 'abc',
      MESSAGE: 'GET /café',
    });
  });

  test('names no worker where none was asked', () => {
    const entry = texts(requestEntry({ ...served, worker: 0, generation: 0 }, '', facts));
    assert.equal('REEVE_WORKER' in entry || 'REEVE_GENERATION' in entry, false);
  });
});

test('levels are priorities of syslog', () => {
  const levels = ['error', 'warn', 'info', 'debug', 'other'];
  assert.deepEqual(levels.map(priorityOf), [3, 4, 6, 7, 6]);
});

test('an identifier has no spaces', () => {
  assert.equal(identifierOf({ app: 'blog', role: 'worker 2' }), 'blog/worker-2');
});

test('a line for a stream says its priority, each of several lines for itself', () => {
  assert.equal(withPriority('a\n    b\n', 3), '<3>a\n<3>    b\n');
});
