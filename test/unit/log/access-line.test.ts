/** One request as a line: uWSGI's own, a log-format, JSON. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { lineFormatter, type LineSettings } from '../../../src/log/access-line.ts';
import { CLF } from '../../../src/log/log-times.ts';
import { logFormatNames } from '../../../src/tables/log-format.ts';
import type { RequestRecord } from '../../../src/log/request-record.ts';

const record: RequestRecord = {
  method: 'GET',
  uri: '/a?b=c',
  protocol: 'HTTP/1.1',
  status: 200,
  address: '127.0.0.1',
  logVariables: [],
  variables: ['0', 'REMOTE_USER', 'me', 'HTTP_USER_AGENT', 'curl', 'HTTP_HOST', 'h'],
  variableCount: 24,
  variableBytes: 241,
  bodyBytes: 23,
  headerCount: 1,
  headerBytes: 45,
  durationMicros: 1999,
  waitMicros: 3456,
  queuedBehind: 2,
  finishedAt: new Date(2026, 10, 3, 2, 8, 57, 2),
  isFromFile: false,
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

const plain: LineSettings = {
  format: '',
  json: false,
  xForwardedFor: false,
  role: 'http 1',
  timeFormat: CLF,
  memoryReport: 0,
  micros: false,
  hosts: false,
  memoryOf: ({ residentBytes }) => ({
    virtualBytes: 58_191_872,
    residentBytes,
    privateBytes: 2_097_152,
    proportionalBytes: 2_621_440,
  }),
};

function line(format: string, changes: Partial<RequestRecord> = {}, forwarded = false): string {
  const settings = { ...plain, format, xForwardedFor: forwarded };
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
  test('begins with the host for vhost, and no host can forge a line', () => {
    const lineOf = (...variables: string[]): string =>
      lineFormatter({ ...plain, hosts: true, memoryReport: 1 })({
        ...record,
        variables: ['0', ...variables],
      });
    assert.match(
      lineOf('SERVER_NAME', 's', 'HTTP_HOST', 'a.example:81'),
      /^a.example:81 \{address/,
    );
    assert.match(lineOf('SERVER_NAME', 'shop.example'), /^shop.example \{address/);
    assert.match(lineOf('HTTP_HOST', 'a\nb'), /^a\\x0ab \{address/);
  });
  test('has the time at which the worker began, microseconds and memory where asked for', () => {
    const slow = { ...record, durationMicros: 3_000_999 };
    const micros = lineFormatter({ ...plain, micros: true })(slow);
    assert.match(micros, /\[Tue Nov  3 02:08:54 2026\] .* bytes in 3000999 micros \(/);
    const begins = '{address space usage: 58191872 bytes/55MB} {rss usage: 3145728 bytes/3MB} ';
    const report = lineFormatter({ ...plain, memoryReport: 1 })(record);
    assert.ok(report.startsWith(`${begins}[pid: 12983|`), report);
    const shares = '{uss usage: 2097152 bytes/2MB} {pss usage: 2621440 bytes/2MB} ';
    const both = lineFormatter({ ...plain, memoryReport: 2 })(record);
    assert.ok(both.startsWith(`${begins}${shares}[pid: 12983|`), both);
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
    const json = lineFormatter({ ...plain, json: true });
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
  test('has what the application has set under names of its own, the last value of each', () => {
    const logVariables = [
      'mine',
      '2',
      'mine',
      '1',
      'status',
      '7',
      'caf\xc3\xa9',
      'x\ny',
      'empty',
      '',
    ];
    const text = line('%(mine) %(status) %(café) %(empty)', { logVariables });
    assert.equal(text, '2 200 x\\x0ay -\n');
  });
  test('has a value for every name that the manual lists', () => {
    const trace = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const others = ['HTTP_REFERER', 'r', 'CONTENT_LENGTH', '1', 'HTTP_TRACEPARENT', trace];
    const variables = [...record.variables, ...others];
    for (const name of logFormatNames) {
      assert.notEqual(line(`%(${name})`, { variables }), '-\n', name);
    }
    assert.equal(line('%(request_id)'), 'a1\n');
  });
  test('has the start of the request as its time, and its end as epoch', () => {
    const finishedAt = new Date('2026-11-03T02:08:57.250Z');
    const changes = { finishedAt, durationMicros: 2_100_000 };
    const times = line('%(tmsecs) %(tmicros) %(time) %(epoch)', changes);
    assert.equal(times, '1793671735150 1793671735150000 1793671735 1793671737\n');
    assert.equal(line('%(ftime)', changes), line('%(ltime)', changes));
    const format = { ...plain, format: '[%(ftime)] %(ctime)', timeFormat: '%Y:%S' };
    assert.match(lineFormatter(format)({ ...record, ...changes }), /^\[2026:55\] \w{3} Nov/);
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

describe('a log-format that is JSON', () => {
  const evil = '"\\\n\x00\x1b[2J\x7f\xff\xc2\x9b é';
  const variables = ['0', 'HTTP_USER_AGENT', Buffer.from(evil).toString('latin1').slice(0, -1)];

  function parsed(format: string, changes: Partial<RequestRecord> = {}) {
    const text = line(format, changes);
    assert.equal(text.indexOf('\n'), text.length - 1, text);
    return JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
  }

  test('stays valid, and means what was sent, whatever that is', () => {
    const format = '{"ua": "%(uagent)", "status": %(status), "took": {"secs": %(secs)}}';
    const read = parsed(format, { variables: ['0', 'HTTP_USER_AGENT', evil] });
    assert.equal(read.ua, '"\\\n\x00\x1b[2J\x7f\ufffd\x9b \ufffd');
    assert.deepEqual([read.status, read.took], [200, { secs: 0.001999 }]);
    for (let byte = 0; byte < 256; byte += 1) {
      const value = `${String.fromCharCode(byte)}x`;
      const { ua } = parsed(format, { variables: ['0', 'HTTP_USER_AGENT', value] });
      assert.equal(ua, byte < 128 ? value : '\ufffdx');
    }
    assert.equal(parsed('{"u":"%(uagent)%(uri)"}', { variables }).u.length > 10, true);
  });
  test('has a string where no number stands in a place without quotes', () => {
    const read = parsed('{"a": %(addr), "b": %(var.NONE), "c": [%(rsize), %(var.ZERO)]}', {
      variables: ['0', 'ZERO', '007'],
    });
    assert.deepEqual(read, { a: '127.0.0.1', b: '-', c: [23, '007'] });
  });
  test('is also found without its braces, and behind a text', () => {
    const inner = '"address":"%(addr)", "uri":"%(uri)", "resp_size":%(size)';
    const read = JSON.parse(`{${line(inner, { uri: '/"\\' })}}`);
    assert.equal(read.uri, '/"\\');
    const mixed = line('%(epoch) "%(uri)" | {"uri":"%(uri)"} end', { uri: '/"' });
    assert.match(mixed, /^\d+ "\/\\x22" \| \{"uri":"\/\\""\} end\n$/);
  });
  test('is not seen in a format that is none', () => {
    for (const format of ['"%(uri)"', '{%(uri)}', '{"a" "%(uri)"}', '%(uri) {} "x":', '":%(uri)']) {
      assert.match(line(format, { uri: '"' }), /\\x22/, format);
    }
  });
});

test('what a terminal would obey is written as what it is', () => {
  const format = '%(uagent) %(var.X) "%(referer)"';
  const line = lineFormatter({ ...plain, format });
  const variables = ['0', 'HTTP_USER_AGENT', '\x1b[31m\n', 'X', '\xc2\x9b1m é'];
  assert.match(line({ ...record, variables }), /^\\x1b\[31m\\x0a \\xc2\\x9b1m /);
});

describe('a JSON line', () => {
  function parsed(changes: Partial<RequestRecord> = {}) {
    const text = lineFormatter({ ...plain, json: true })({ ...record, ...changes });
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
