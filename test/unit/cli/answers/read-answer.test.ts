/** What a control socket says, which is its user's, on a terminal of root. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { statusTable } from '../../../../src/cli/instances/status-table.ts';
import { readAnswer } from '../../../../src/cli/answers/read-answer.ts';
import { visible } from '../../../../src/cli/process/visible.ts';

const instance = { name: 'blog', pid: 12, version: '0.1.0', files: ['/etc/reeve/blog.ini'] };
const answer = { ok: true, exitCode: 0, sentence: 'reloaded', instance };
const read = (parts: object): unknown =>
  readAnswer(JSON.stringify({ ...answer, instance: { ...instance, ...parts } }));

test('an answer as a daemon gives it', () => {
  assert.deepEqual(readAnswer(JSON.stringify(answer)), answer);
});

const status = {
  phase: 'serving',
  line: 'serving: 1 worker',
  gateways: [],
  generations: [
    {
      number: 1,
      role: 'serving',
      spawner: { pid: 2, state: 'up', ageSeconds: 1 },
      workers: [{ pid: null, state: 'up', ageSeconds: 1, slot: 1, now: ['GET /'], requests: null }],
    },
  ],
};

test('a status as a daemon gives it, and one of a newer version', () => {
  assert.deepEqual(readAnswer(JSON.stringify({ ...answer, status })), { ...answer, status });
  const newer = { ...answer, status: { ...status, more: [1] }, more: {} };
  assert.deepEqual(readAnswer(JSON.stringify(newer)), newer);
});

test('a status with requests in quarantine', () => {
  const quarantine = [{ method: 'GET', path: '/exit', seconds: 1.5, waiting: 2 }];
  const counts = { running: 0, queued: 0, connections: 0, requests: 0 };
  const gateway = { pid: 3, state: 'up', ageSeconds: 1, epoch: 1, ...counts, quarantine };
  const whole = { ...answer, status: { ...status, gateways: [gateway] } };
  assert.deepEqual(readAnswer(JSON.stringify(whole)), whole);
  const broken = { ...gateway, quarantine: [{ ...quarantine[0], waiting: 'many' }] };
  assert.deepEqual(
    readAnswer(JSON.stringify({ ...answer, status: { ...status, gateways: [broken] } })),
    { wrong: 'status.gateways.0.quarantine.0.waiting' },
  );
});

test('what a client sends, however long and wherever its lines end, spoils no answer', () => {
  for (const method of ['A'.repeat(10_000), 'GET\nworker 9', '\u009b2J', '']) {
    const uri = `/\n${method}`;
    const requestId = '0'.repeat(32);
    const request = { method, uri, requestId, thread: 0, seconds: 1, heldByClient: false };
    const worker = { pid: 4, state: 'up', ageSeconds: 1, slot: 1, requests: 1 };
    const [first] = status.generations;
    const told = { ...worker, now: [`${method} ${uri} for 1 s`], running: [request] };
    const whole = { ...status, generations: [{ ...first, workers: [told] }] };
    const taken = readAnswer(JSON.stringify({ ...answer, status: whole }));
    assert.ok(!('wrong' in taken) && taken.status !== undefined, method);
    const memory = () => ({ rssBytes: null, pssBytes: null });
    const lines = statusTable(instance, taken.status, memory).trimEnd().split('\n');
    assert.equal(lines.length, 7, lines.join('\n'));
  }
});

test('what is wrong in an answer is named', () => {
  for (const [parts, wrong] of [
    [{ name: 7 }, 'instance.name'],
    [{ name: 'blog\nreeve: all is well' }, 'instance.name'],
    [{ version: null }, 'instance.version'],
    [{ version: '0'.repeat(2_000) }, 'instance.version'],
    [{ pid: '12' }, 'instance.pid'],
    [{ pid: 1.5 }, 'instance.pid'],
    [{ pid: -1 }, 'instance.pid'],
    [{ files: 'none' }, 'instance.files'],
    [{ files: [1] }, 'instance.files.0'],
  ] as const) {
    assert.deepEqual(read(parts), { wrong }, JSON.stringify(parts));
  }
  const [generation] = status.generations;
  for (const [parts, wrong] of [
    [{ instance: null }, 'instance'],
    [{ ok: 1 }, 'ok'],
    [{ exitCode: 256 }, 'exitCode'],
    [{ status: null }, 'status'],
    [{ status: [] }, 'status'],
    [{ status: { ...status, line: undefined } }, 'status.line'],
    [{ status: { ...status, gateways: {} } }, 'status.gateways'],
    [{ status: { ...status, gateways: [null] } }, 'status.gateways.0'],
    [
      { status: { ...status, generations: [{ ...generation, workers: [{ pid: 1 }] }] } },
      'status.generations.0.workers.0.state',
    ],
  ] as const) {
    const line = JSON.stringify({ ...answer, ...parts });
    assert.deepEqual(readAnswer(line), { wrong }, line);
  }
  for (const line of ['null', '[]', '7', '"text"', '{}', 'HTTP/1.1 400 Bad Request']) {
    assert.ok('wrong' in readAnswer(line), line);
  }
});

test('what a terminal would obey is shown, in every field', () => {
  const shown = readAnswer(JSON.stringify({ ...answer, sentence: 'a\u{1b}[2Jb\u{9b}c\rd' }));
  assert.ok('sentence' in shown);
  assert.equal(shown.sentence, 'a\\x1b[2Jb\\x9bc\\x0dd');
  assert.deepEqual(read({ name: '\u{7}blog' }), {
    ...answer,
    instance: { ...instance, name: '\\x07blog' },
  });
  assert.equal(
    visible('ends\n\tof lines, ümläuts, \u{202e}sdrawkcab'),
    'ends\n\tof lines, ümläuts, \\u202esdrawkcab',
  );
});
