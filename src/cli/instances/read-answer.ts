/** PURE. The answer of a control socket, which is its user's: anything may stand in it. */

import { visible } from '../process/visible.ts';

import type { OperatorAnswer } from '../../protocol/operator-messages.ts';

/** The answer, with nothing in it that a terminal obeys; or why it is none of Reeve's. */
export function readAnswer(line: string): OperatorAnswer | { readonly wrong: string } {
  try {
    const value: unknown = JSON.parse(line, (_, part: unknown) =>
      typeof part === 'string' ? visible(part) : part,
    );
    return isAnswer(value) ? value : { wrong: wrongIn(value, answer, '') ?? 'the answer' };
  } catch {
    // Another server: HTTP, or the wire protocol of uWSGI.
    return { wrong: 'the answer, which is not JSON,' };
  }
}

/** The name of what is wrong in a value, as in `status.gateways.0.pid`; undefined: nothing. */
type Check = (value: unknown, name: string) => string | undefined;

const EXIT_CODE_MAX = 255;
const LINE_CHARACTERS_MAX = 1_000;

const text: Check = where((value) => typeof value === 'string');
/** It stands in the middle of a sentence. */
const oneLine: Check = where(
  (value) =>
    typeof value === 'string' && value.length <= LINE_CHARACTERS_MAX && !value.includes('\n'),
);
const number: Check = where((value) => typeof value === 'number');
const pid: Check = where((value) => Number.isSafeInteger(value) && Number(value) > 0);
const exitCode: Check = where(
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= EXIT_CODE_MAX,
);

const childProcess = { pid: orNull(pid), state: oneLine, ageSeconds: number };
const count = orNull(number);
const quarantined = record({ method: text, path: text, seconds: number, waiting: number });
const gateway = record({
  ...childProcess,
  epoch: number,
  running: count,
  queued: count,
  connections: count,
  requests: count,
  spool: optional(
    orNull(record({ bytes: number, files: number, limitBytes: number, directory: oneLine })),
  ),
  quarantine: optional(orNull(list(quarantined))),
});
const isTrueOrFalse = where((value) => typeof value === 'boolean');
const runningRequest = record({
  method: oneLine,
  uri: text,
  requestId: oneLine,
  thread: number,
  seconds: number,
  heldByClient: isTrueOrFalse,
});
const counted = record({ requests: number, failures: number });
const tally = record({
  requests: number,
  failures: number,
  overruns: number,
  runMicros: number,
  averageMicros: number,
  sentBytes: number,
  threads: list(number),
  applications: list(counted),
});
const worker = record({
  ...childProcess,
  slot: number,
  now: list(text),
  running: optional(list(runningRequest)),
  requests: count,
  chargedBytes: optional(number),
  isServing: optional(isTrueOrFalse),
  starts: optional(number),
  startedAtMs: optional(number),
  memory: optional(orNull(record({ residentBytes: number, addressSpaceBytes: number }))),
  tally: optional(orNull(tally)),
});
const generation = record({
  number,
  role: oneLine,
  spawner: record(childProcess),
  workers: list(worker),
  threads: optional(number),
  mounts: optional(list(text)),
});
const listener = record({
  address: oneLine,
  option: oneLine,
  protocol: oneLine,
  waiting: count,
  backlog: count,
});
const reload = record({ atMs: number, outcome: oneLine, generation: count, sentence: text });
const thread = record({
  id: number,
  isMain: isTrueOrFalse,
  thread: count,
  doing: oneLine,
  request: orNull(runningRequest),
  processorShare: count,
  frames: list(record({ file: text, line: number, function: text })),
  reason: text,
});
const processStacks = record({
  ...childProcess,
  name: oneLine,
  kind: oneLine,
  generation: number,
  role: oneLine,
  slot: count,
  task: text,
  threads: list(thread),
  reason: text,
});
const answer = record({
  ok: isTrueOrFalse,
  exitCode,
  sentence: text,
  instance: record({ name: oneLine, pid, version: oneLine, files: list(text) }),
  stacks: optional(record({ takenAtMs: number, processes: list(processStacks) })),
  status: optional(
    record({
      phase: oneLine,
      line: oneLine,
      gateways: list(gateway),
      generations: list(generation),
      version: optional(number),
      takenAtMs: optional(number),
      process: optional(record({ uid: number, gid: number, directory: text })),
      queue: optional(record({ running: count, queued: count, oldestMs: count })),
      listeners: optional(list(listener)),
      reloads: optional(list(reload)),
      systemd: optional(
        record({ isNotified: isTrueOrFalse, watchdogSeconds: count, unit: oneLine }),
      ),
    }),
  ),
});

function isAnswer(value: unknown): value is OperatorAnswer {
  return wrongIn(value, answer, '') === undefined;
}

function wrongIn(value: unknown, check: Check, name: string): string | undefined {
  const wrong = check(value, name);
  return wrong === '' ? 'the answer' : wrong;
}

function where(isRight: (value: unknown) => boolean): Check {
  return (value, name) => (isRight(value) ? undefined : name);
}

function orNull(check: Check): Check {
  return (value, name) => (value === null ? undefined : check(value, name));
}

/** Absent; `null` is not absent. */
function optional(check: Check): Check {
  return (value, name) => (value === undefined ? undefined : check(value, name));
}

/** Fields that are not known may come from a newer Reeve. */
function record(fields: Readonly<Record<string, Check>>): Check {
  return (value, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return name;
    for (const [field, check] of Object.entries(fields)) {
      const part: unknown = Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined;
      const wrong = check(part, name === '' ? field : `${name}.${field}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

function list(check: Check): Check {
  return (value, name) => {
    if (!Array.isArray(value)) return name;
    for (const [index, part] of value.entries()) {
      const wrong = check(part, `${name}.${index}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}
