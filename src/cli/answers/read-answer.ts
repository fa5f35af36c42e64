/** PURE. The answer of a control socket, which is its user's: anything may stand in it. */

import { visible } from '../process/visible.ts';
import {
  count,
  exitCode,
  isTrueOrFalse,
  list,
  number,
  oneLine,
  optional,
  orNull,
  pid,
  record,
  text,
  type Check,
} from './answer-checks.ts';
import { disk, evidence } from './evidence-checks.ts';

import { snapshotOptions } from '../../protocol/snapshot.ts';
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

const childProcess = {
  pid: orNull(pid),
  state: oneLine,
  ageSeconds: number,
  cpuSeconds: optional(count),
};
const quarantined = record({ method: text, path: text, seconds: number, waiting: number });
const growth = record({
  method: text,
  path: text,
  samples: number,
  bytes: number,
  grown: number,
  grewBytes: number,
  shrankBytes: number,
});
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
  growth: optional(orNull(list(growth))),
});
const runningRequest = record({
  method: text,
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
const job = record({
  ...childProcess,
  name: text,
  kind: oneLine,
  starts: number,
  directory: text,
  task: text,
  taskSeconds: optional(number),
  done: number,
  failed: number,
});
const options = record(Object.fromEntries(snapshotOptions.map((name) => [name, number] as const)));
const generation = record({
  number,
  role: oneLine,
  spawner: record(childProcess),
  workers: list(worker),
  threads: optional(number),
  options: optional(options),
  mounts: optional(list(text)),
  lostThreads: optional(record({ count: number, names: list(text) })),
  jobs: optional(list(job)),
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
  waitsIn: optional(oneLine),
  sleepsPerSecond: optional(count),
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
const daemon = record({
  name: text,
  command: text,
  pid: orNull(pid),
  state: oneLine,
  ageSeconds: number,
  starts: number,
  lastEnd: text,
});
const cronResult = record({ endedAtMs: number, seconds: number, isGood: isTrueOrFalse, how: text });
const cron = record({
  name: text,
  command: text,
  pids: list(pid),
  startedAtMs: count,
  nextAtMs: count,
  runs: number,
  failures: number,
  lastResult: orNull(cronResult),
});
const raiser = record({
  kind: oneLine,
  signal: number,
  target: text,
  seconds: count,
  left: count,
  path: orNull(text),
  nextAtMs: count,
  raised: number,
  lastAtMs: count,
  failures: number,
  lastFailure: orNull(record({ atMs: number, error: text })),
});
const spooler = record({ directory: text, queued: number, dead: number });
const times = record({ counts: list(number), seconds: number });
const requestTimes = record({
  mount: text,
  route: text,
  status: oneLine,
  run: times,
  wait: times,
  bodyBytes: number,
});
const busiestMinute = record({
  atMs: number,
  seconds: number,
  requests: number,
  busySeconds: number,
});
const totals = record({
  timeBoundsSeconds: list(number),
  times: list(requestTimes),
  overruns: number,
  droppedLogLines: number,
  workerStarts: number,
  workerDeaths: number,
  gatewayStarts: number,
  busiestMinute: optional(orNull(busiestMinute)),
});
const processProfile = record({
  name: oneLine,
  pid,
  how: oneLine,
  reason: text,
  stacks: list(record({ frames: list(number), micros: number })),
});
const mailbox = record({
  of: text,
  holds: oneLine,
  waiting: number,
  bytes: number,
  bytesMax: number,
});
const answer = record({
  ok: isTrueOrFalse,
  exitCode,
  sentence: text,
  places: optional(list(text)),
  instance: record({ name: oneLine, pid, version: oneLine, files: list(text) }),
  profile: optional(
    record({
      seconds: number,
      directory: text,
      frames: list(record({ file: text, line: number, function: text })),
      processes: list(processProfile),
    }),
  ),
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
      ready: optional(record({ isReady: isTrueOrFalse, reason: text })),
      disks: optional(list(disk)),
      jobs: optional(
        record({
          daemons: list(daemon),
          crons: list(cron),
          spoolers: list(spooler),
          raisers: optional(list(raiser)),
        }),
      ),
      shared: optional(record({ mailboxes: optional(list(mailbox)) })),
      totals: optional(totals),
    }),
  ),
  evidence: optional(evidence),
});

function isAnswer(value: unknown): value is OperatorAnswer {
  return wrongIn(value, answer, '') === undefined;
}

function wrongIn(value: unknown, check: Check, name: string): string | undefined {
  const wrong = check(value, name);
  return wrong === '' ? 'the answer' : wrong;
}
