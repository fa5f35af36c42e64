/** PURE. What must stand in the evidence of an instance. */

import { count, list, number, oneLine, optional, record, text, where } from './answer-checks.ts';

const request = record({
  requestId: oneLine,
  method: text,
  uri: text,
  status: number,
  end: oneLine,
  endedAtMs: number,
  waitedMs: number,
  queuedBehind: number,
  ranMs: number,
  generation: number,
  worker: number,
  pid: number,
  thread: number,
  why: text,
  stack: text,
  waitsIn: oneLine,
});
const waiting = record({
  requestId: oneLine,
  method: text,
  uri: text,
  seconds: number,
  before: number,
});
const fields = where((value) => typeof value === 'object' && value !== null);
const line = record({ atMs: number, level: oneLine, event: oneLine, fields, sentence: text });
export const disk = record({
  use: oneLine,
  path: text,
  freeBytes: number,
  sizeBytes: number,
  freeFiles: count,
  problem: oneLine,
});
const machine = record({
  processors: number,
  load: number,
  waitsForProcessor: count,
  waitsForMemory: count,
  waitsForDisk: count,
});

export const evidence = record({
  atMs: number,
  requests: list(request),
  waiting: optional(list(waiting)),
  lines: list(line),
  fullDisks: list(disk),
  openFiles: optional(list(record({ worker: number, pid: number, open: number, limit: number }))),
  machine,
});
