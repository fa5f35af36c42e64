/** The trace that a request belongs to, in the access log. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { fieldOf, traceIdOf } from '../../../src/log/request-fields.ts';
import type { RequestRecord } from '../../../src/log/request-record.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';

/** A request with this traceparent header. */
function withHeader(value: string): RequestRecord {
  return {
    method: 'GET',
    uri: '/',
    protocol: 'HTTP/1.1',
    status: 200,
    address: '192.0.2.1',
    logVariables: [],
    variables: ['0', 'HTTP_HOST', 'a', 'HTTP_TRACEPARENT', value],
    variableCount: 4,
    variableBytes: 100,
    bodyBytes: 0,
    headerCount: 0,
    headerBytes: 0,
    durationMicros: 1,
    waitMicros: 0,
    queuedBehind: 0,
    finishedAt: new Date(0),
    isFromFile: false,
    application: 0,
    pid: 1,
    worker: 1,
    generation: 1,
    thread: 0,
    workerRequests: 1,
    totalRequests: 1,
    residentBytes: 0,
    requestId: 'a',
  };
}

describe('the trace id', () => {
  for (const valid of [
    `00-${ID}-00f067aa0ba902b7-01`,
    `00-${ID}-00f067aa0ba902b7-00`,
    `cc-${ID}-00f067aa0ba902b7-01-what-the-future-brings`,
  ]) {
    test(`of ${valid}`, () => assert.equal(traceIdOf(withHeader(valid)), ID));
  }

  for (const invalid of [
    '',
    ID,
    `ff-${ID}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${ID}-0000000000000000-01`,
    `00-${ID.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${ID}-00f067aa0ba902b7-01x`,
    `00-${ID}-00f067aa0ba902b7`,
    `00-${ID}\n-00f067aa0ba902b7-01`,
  ]) {
    test(`is none in ${JSON.stringify(invalid)}`, () => {
      assert.equal(traceIdOf(withHeader(invalid)), '');
    });
  }

  test('stands in a log-format, as nothing where there is none', () => {
    const memory = { virtualBytes: 0, residentBytes: 0, privateBytes: 0, proportionalBytes: 0 };
    const field = fieldOf('trace_id', { ftime: String, memoryOf: () => memory });
    assert.equal(field(withHeader(`00-${ID}-00f067aa0ba902b7-01`), ''), ID);
    assert.equal(field(withHeader(''), ''), '');
  });
});
