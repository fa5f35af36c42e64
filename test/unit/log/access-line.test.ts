/** One request as a line: uWSGI's own, a log-format, JSON. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { lineFormatter } from '../../../src/log/access-line.ts';
import { logFormatNames } from '../../../src/tables/log-format.ts';
import type { RequestRecord } from '../../../src/log/request-record.ts';

const record: RequestRecord = {
  method: 'GET',
  uri: '/a?b=c',
  protocol: 'HTTP/1.1',
  status: 200,
  address: '127.0.0.1',
  variables: ['0', 'REMOTE_USER', 'me', 'HTTP_USER_AGENT', 'curl', 'HTTP_HOST', 'h'],
  variableCount: 24,
  variableBytes: 241,
  bodyBytes: 23,
  headerCount: 1,
  headerBytes: 45,
  durationMicros: 1999,
  waitMicros: 3456,
  queuedBehind: 2,
  finishedAt: new Date(2026, 10, 3, 2, 8, 57),
  application: 0,
  pid: 12983,
  worker: 1,
  generation: 1,
  requestId: 'a1',
  thread: 0,
  workerRequests: 2,
  totalRequests: 3,
  residentBytes: 3 * 1024 * 1024,
};

function line(format: string, changes: Partial<RequestRecord> = {}, forwarded = false): string {
  const settings = { format, json: false, xForwardedFor: forwarded, role: 'http 1' };
  return lineFormatter(settings)({ ...record, ...changes });
}

describe("uWSGI's line", () => {
  test('has its fields where people have always found them', () => {
    assert.equal(
      line(''),
      '[pid: 12983|app: 0|req: 2/3] 127.0.0.1 (me) {24 vars in 241 bytes} ' +
        '[Tue Nov  3 02:08:57 2026] GET /a?b=c => generated 23 bytes in 1 msecs ' +
        '(HTTP/1.1 200) 1 headers in 45 bytes (1 switches on core 0)\n',
    );
  });
  test('shows the client that a proxy names, where that is asked for', () => {
    const variables = ['0', 'HTTP_X_FORWARDED_FOR', '10.1.2.3'];
    assert.match(line('', { variables }, true), /\] 10\.1\.2\.3 \(\)/);
    assert.match(line('', { variables: ['0'] }, true), /\] 127\.0\.0\.1 \(\)/);
  });
  test('cannot be forged by any field that a front server or a client fills', () => {
    const evil = 'a\r\nb\x1b[2J\xe2\x80\xa8\xe2\x80\xae';
    const safe = 'a\\x0d\\x0ab\\x1b[2J\\xe2\\x80\\xa8\\xe2\\x80\\xae';
    const variables = ['0', 'REMOTE_USER', evil];
    const changes = { method: evil, uri: evil, protocol: evil, address: evil, variables };
    const text = line('', changes);
    assert.equal(text.split(safe).length, 6, text);
    assert.match(text, /^[\x20-\x7e]*\n$/);
    const all = line('%(method)%(uri)%(proto)%(addr)%(user)%(var.REMOTE_USER)', changes);
    assert.equal(all, `${safe.repeat(6)}\n`);
    const json = lineFormatter({ format: '', json: true, xForwardedFor: false, role: 'http 1' });
    const object = json({ ...record, ...changes, method: `${evil}\xc2\x9b` });
    assert.match(object, /^[\x20-\x7e]*\n$/);
    assert.equal(JSON.parse(object).method, 'a\r\nb\x1b[2J\u2028\u202e\x9b');
  });
  test('cannot be forged by what a client sends', () => {
    const variables = ['0', 'REMOTE_USER', 'a\nb\x1b[2J'];
    const text = line('', { variables });
    assert.match(text, /\(a\\x0ab\\x1b\[2J\)/);
    assert.equal(text.split('\n').length, 2);
  });
});

describe('log-format', () => {
  test('puts values where their names stand', () => {
    assert.equal(line('%(method) %(uri) %(status) %(msecs)ms %(rssM)'), 'GET /a?b=c 200 1ms 3\n');
  });
  test('has variables of the request, and - for what there is not', () => {
    assert.equal(line('%(var.HTTP_HOST) %(var.NONE) %(referer) %(mine)'), 'h - - -\n');
    assert.equal(line('%(constructor) %(x'), '- %(x\n');
  });
  test('has a value for every name that the manual lists', () => {
    const variables = [...record.variables, 'HTTP_REFERER', 'r', 'CONTENT_LENGTH', '1'];
    for (const name of logFormatNames) {
      assert.notEqual(line(`%(${name})`, { variables }), '-\n', name);
    }
    assert.equal(line('%(request_id)'), 'a1\n');
  });
  test('escapes quotes, as values mostly stand in them', () => {
    const variables = ['0', 'HTTP_USER_AGENT', '"evil" \\'];
    assert.equal(line('"%(uagent)"', { variables }), '"\\x22evil\\x22 \\x5c"\n');
  });
  test('keeps text of its own as UTF-8, and what a client sent as it came', () => {
    const variables = ['0', 'HTTP_USER_AGENT', Buffer.from('é').toString('latin1')];
    const bytes = Buffer.from(line('→ %(uagent)', { variables }), 'latin1');
    assert.equal(bytes.toString('utf8'), '→ é\n');
  });
});

test('what a terminal would obey is written as what it is', () => {
  const format = '%(uagent) %(var.X) "%(referer)"';
  const line = lineFormatter({ role: 'http 1', format, json: false, xForwardedFor: false });
  const variables = ['0', 'HTTP_USER_AGENT', '\x1b[31m\n', 'X', '\xc2\x9b1m é'];
  assert.match(line({ ...record, variables }), /^\\x1b\[31m\\x0a \\xc2\\x9b1m /);
});

describe('a JSON line', () => {
  function parsed(changes: Partial<RequestRecord> = {}) {
    const settings = { format: '', json: true, xForwardedFor: false, role: 'http 1' };
    const text = lineFormatter(settings)({ ...record, ...changes });
    return JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
  }

  test('is one object with the fields of the request', () => {
    const { method, uri, status, micros, worker, user, role, event, referer, requestId } = parsed();
    assert.deepEqual(
      { method, uri, status, micros, worker, user, role, event, referer, requestId },
      {
        ...{ method: 'GET', uri: '/a?b=c', status: 200, micros: 1999, worker: 1, user: 'me' },
        ...{ role: 'http 1', event: 'request.served', referer: undefined },
        requestId: 'a1',
      },
    );
  });
  test('stays valid whatever a client sends', () => {
    const agent = Buffer.from('"\n\xff é', 'utf8').toString('latin1') + '\xff';
    const { agent: read } = parsed({ variables: ['0', 'HTTP_USER_AGENT', agent] });
    assert.equal(read, '"\n\xff é\ufffd');
  });
});
