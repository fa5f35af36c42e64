/** Which requests are logged, and what happens when the log cannot be written. */

import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { isWanted } from '../../../src/log/access-log.ts';
import type { AccessLogSettings } from '../../../src/log/access-log.ts';
import { LineWriter } from '../../../src/log/line-writer.ts';
import type { RequestRecord } from '../../../src/log/request-record.ts';
import { until } from '../../support/until.ts';

const nothing: AccessLogSettings = {
  enabled: false,
  format: '',
  json: false,
  only4xx: false,
  only5xx: false,
  slowMs: 0,
  bigBytes: 0,
  zero: false,
  fromFile: false,
  clientGone: false,
  xForwardedFor: false,
  timeFormat: '',
  memoryReport: 0,
  micros: false,
  hosts: false,
};

function wants(
  settings: Partial<AccessLogSettings>,
  request: Pick<RequestRecord, 'status' | 'durationMicros'> & Partial<RequestRecord>,
): boolean {
  const all = { method: '', uri: '', protocol: '', address: '', variables: [] };
  const counts = {
    variableCount: 0,
    variableBytes: 0,
    bodyBytes: 0,
    headerCount: 0,
    headerBytes: 0,
  };
  const place = { application: 0, pid: 0, worker: 0, thread: 0, workerRequests: 0 };
  const identity = { generation: 0, requestId: '' };
  const rest = {
    totalRequests: 0,
    residentBytes: 0,
    waitMicros: 3456,
    queuedBehind: 2,
    finishedAt: new Date(0),
    isFromFile: false,
    logVariables: [],
  };
  return isWanted(
    { ...all, ...counts, ...place, ...identity, ...rest, ...request },
    { ...nothing, ...settings },
  );
}

describe('with logging disabled', () => {
  test('nothing is logged', () => {
    assert.equal(wants({}, { status: 500, durationMicros: 1e9 }), false);
  });
  test('errors are, where they are asked for', () => {
    assert.equal(wants({ only4xx: true }, { status: 404, durationMicros: 0 }), true);
    assert.equal(wants({ only4xx: true }, { status: 500, durationMicros: 0 }), false);
    assert.equal(wants({ only5xx: true }, { status: 503, durationMicros: 0 }), true);
  });
  test('empty and large ones are, those from files, and those whose client left', () => {
    const quick = { status: 200, durationMicros: 0 };
    assert.equal(wants({ zero: true }, { ...quick, bodyBytes: 0 }), true);
    assert.equal(wants({ zero: true }, { ...quick, bodyBytes: 1 }), false);
    assert.equal(wants({ bigBytes: 10 }, { ...quick, bodyBytes: 10 }), true);
    assert.equal(wants({ bigBytes: 10 }, { ...quick, bodyBytes: 9 }), false);
    assert.equal(wants({ fromFile: true }, { ...quick, isFromFile: true }), true);
    assert.equal(wants({ fromFile: true }, quick), false);
    assert.equal(wants({ clientGone: true }, { ...quick, status: 499 }), true);
    assert.equal(wants({ clientGone: true }, { ...quick, status: 404 }), false);
  });
  test('slow ones are, from the limit on', () => {
    assert.equal(wants({ slowMs: 100 }, { status: 200, durationMicros: 100_000 }), true);
    assert.equal(wants({ slowMs: 100 }, { status: 200, durationMicros: 99_999 }), false);
  });
});

/** A flush waits for a second at most, in which a busy machine may not write it all. */
function flushed(writer: LineWriter, isWritten: () => boolean): Promise<true> {
  return until('all is written', async () => {
    await writer.flush();
    return isWritten();
  });
}

describe('a line writer', () => {
  test('writes every line, in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reeve-log-'));
    const path = join(folder, 'log');
    const fd = openSync(path, 'a');
    const writer = new LineWriter(fd, () => 'dropped\n');
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`);
    for (const line of lines) writer.write(line);
    const text = lines.join('');
    await flushed(writer, () => readFileSync(path, 'utf8').length >= text.length);
    assert.equal(readFileSync(path, 'utf8'), text);
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  test('drops and counts what it cannot keep, and does not wait', () => {
    const fd = openSync('/dev/null', 'w');
    const writer = new LineWriter(fd, () => '');
    for (let count = 0; count < 2000; count += 1) writer.write('x'.repeat(1024));
    assert.equal(writer.dropped, 2000 - 1024);
  });
  test('says how much it dropped when it can write again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reeve-log-'));
    const path = join(folder, 'log');
    const writer = new LineWriter(openSync(path, 'a'), (count) => `${count} dropped\n`);
    for (let count = 0; count < 1030; count += 1) writer.write(`${'x'.repeat(1023)}\n`);
    await flushed(writer, () => readFileSync(path, 'utf8').length > 1024 * 1024);
    const lines = readFileSync(path, 'utf8').split('\n');
    assert.equal(lines.filter((line) => line === '6 dropped').length, 1);
    assert.equal(lines.filter((line) => line.startsWith('x')).length, 1024);
    rmSync(folder, { recursive: true });
  });
  test('counts the lines that a full disk takes from it', async () => {
    const writer = new LineWriter(openSync('/dev/full', 'w'), () => '');
    writer.write('lost\n');
    await flushed(writer, () => writer.dropped > 0);
    assert.equal(writer.dropped, 1);
  });
});
