/** Requests that have run for long: what they wait for, and who holds them up (pure). */

import type { Snapshot } from '../protocol/snapshot.ts';
import type { Finding } from './finding.ts';
import { grouped, type Busy, type Scene } from './scene.ts';
import { frameLines, isLibrary, placeInWords, placeOf, waitWords } from './waits.ts';
import { verb, duration, pathOf, percent, plural, some, thatWait } from './words.ts';

/** One that has run for less is not said to hang. */
const SLOW_FROM_S = 1.5;
/** A thread beside requests that computes so much keeps the others from Python code. */
const HOLDS_FROM = 0.5;
const HOLDS_LEAST = 0.15;
/** Quick requests wait for the interpreter too, for moments. */
const WAITS_FROM_S = 0.3;
/** Where another thread has run so much of the time, the interpreter was free for it. */
const RUNS_FROM = 0.1;

/** Threads whose request has run for long, and is not held back by its client. */
function slowOnes({ busy }: Scene): readonly Busy[] {
  return busy.filter(({ thread: { request } }) => {
    return request !== null && request.seconds >= SLOW_FROM_S && !request.heldByClient;
  });
}

/** A thread that keeps the interpreter, while others of its process wait for it. */
export function interpreterHeld(scene: Scene): readonly Finding[] {
  return grouped(scene.busy, ({ owner }) => `${owner.pid}`).flatMap(([, threads]) => {
    const waiting = threads.filter(({ wait, thread }) => {
      return wait === 'interpreter' && (thread.request?.seconds ?? WAITS_FROM_S) >= WAITS_FROM_S;
    });
    const others = threads.filter(({ wait, thread }) => wait !== 'interpreter' && isHolder(thread));
    const holder = others.toSorted((one, other) => rank(other) - rank(one))[0];
    if (holder === undefined || isFree(scene, holder, threads)) return [];
    const isBeside = holder.thread.request === null && holder.owner.kind === 'worker';
    const isComputing = (holder.thread.processorShare ?? 0) >= holdsFrom(scene);
    if (waiting.length === 0 && !(isBeside && isComputing)) return [];
    return [heldFinding(holder, waiting)];
  });
}

/** Whether Python has run elsewhere in its process, while it computed nothing. */
function isFree(scene: Scene, { wait, thread, owner }: Busy, threads: readonly Busy[]): boolean {
  if (wait === 'computes') return false;
  const hasRun = threads.some((each) => {
    return each.thread !== thread && (each.thread.processorShare ?? 0) >= RUNS_FROM;
  });
  const isOld = (thread.request?.seconds ?? 0) > scene.seconds;
  return hasRun || (isOld && endedIn(scene.now, owner) > endedIn(scene.before, owner));
}

/** How many requests the worker has ended. */
function endedIn({ generations }: Snapshot, { generation, slot }: Busy['owner']): number {
  const workers = generations.find(({ number }) => number === generation)?.workers ?? [];
  return workers.find((each) => each.slot === slot)?.tally?.requests ?? 0;
}

/** On a busy machine a thread that never rests has the processor for a part of the time only. */
function holdsFrom({ evidence }: Scene): number {
  const waits = (evidence.machine.waitsForProcessor ?? 0) / 100;
  return Math.max(HOLDS_FROM * (1 - waits), HOLDS_LEAST);
}

function isHolder({ frames, processorShare }: Busy['thread']): boolean {
  return frames.length > 0 || (processorShare ?? 0) >= HOLDS_FROM;
}

/** One that computes; else one in C code, which may hold it without computing. */
function rank({ thread, wait }: Busy): number {
  const certain = wait === 'lock' ? -1 : wait === 'unknown' || wait === 'sleep' ? 0.5 : 0;
  return (thread.processorShare ?? 0) + certain;
}

function heldFinding({ owner, thread }: Busy, waiting: readonly Busy[]): Finding {
  const { request, frames, processorShare } = thread;
  const share = processorShare ?? 0;
  const place = placeInWords(placeOf(frames));
  const who =
    request === null
      ? 'a thread beside requests'
      : `${request.method} ${pathOf(request.uri)}, which has run for ${duration(request.seconds)},`;
  const held = waiting.map((each) => each.thread.request).filter((each) => each !== null);
  const sufferers =
    waiting.length === 0 ? '' : `; ${thatWait(waiting.length, 'other thread')} for it`;
  const uris =
    held.length === 0 ? '' : ` (${some([...new Set(held.map(({ uri }) => pathOf(uri)))])})`;
  const how = share >= HOLDS_FROM ? `for ${percent(share)} of the time` : 'without computing';
  return {
    cause: 'interpreter-held',
    severity: waiting.length > 0 ? 'fault' : 'warning',
    weight: waiting.length > 0 ? 86 : 79,
    sentence:
      `${who} holds Python's interpreter in ${owner.name} ${how}` +
      `${place === '' ? '' : `, in ${place}`}${sufferers}${uris}`,
    advice:
      'while it does, no other thread of that worker runs Python code: do such work in a process of ' +
      'its own (a mule, a spooler), or use processes in place of threads',
    figures: {
      worker: owner.slot ?? 0,
      processorShare: share,
      waiting: waiting.length,
      path: request === null ? '' : pathOf(request.uri),
    },
    lines: frameLines(frames),
  };
}

/** Requests that wait for a lock which no running thread of their worker will open. */
function hopelessOnes(scene: Scene): readonly Busy[] {
  const locked = slowOnes(scene).filter(({ wait }) => wait === 'lock');
  return locked.filter(({ owner }) => {
    return !scene.busy.some((each) => each.owner.pid === owner.pid && mayOpenLocks(each));
  });
}

/** Threads that wait for each other, or for one that is not there. */
export function deadlocks(scene: Scene): readonly Finding[] {
  const hopeless = hopelessOnes(scene);
  const lostIn = (each: Busy): number => lostThreads(scene, each.owner.generation).count;
  const withoutThread = hopeless.filter((each) => lostIn(each) > 0);
  const others = hopeless.filter((each) => lostIn(each) === 0);
  return [...forkFindings(scene, withoutThread), ...deadlockFindings(scene, others)];
}

function mayOpenLocks({ wait, thread }: Busy): boolean {
  const isUnknown = thread.frames.length === 0;
  return wait !== 'lock' && (isUnknown || thread.frames.some(({ file }) => !isLibrary(file)));
}

export function lostThreads({ now }: Scene, generation: number) {
  const found = now.generations.find(({ number }) => number === generation);
  return found?.lostThreads ?? { count: 0, names: [] };
}

function forkFindings(scene: Scene, hanging: readonly Busy[]): readonly Finding[] {
  const [first] = oldestFirst(hanging);
  if (first === undefined) return [];
  const { count, names } = lostThreads(scene, first.owner.generation);
  const isNamed = names.length > 0;
  const named = isNamed ? ` (${some(names)})` : '';
  return [
    {
      cause: 'fork-unsafe-thread',
      severity: 'fault',
      weight: isNamed ? 93 : 70,
      sentence:
        `${hangingInWords(hanging)} for a thread that does not exist there: the application started ` +
        `${plural(count, 'thread')}${named} while it was imported, and forked workers lack ${count === 1 ? 'it' : 'them'}`,
      advice:
        'set lazy-apps = true, so that each worker imports the application; or start threads after ' +
        'the fork (uwsgidecorators.postfork)',
      figures: { threads: count, requests: hanging.length, path: pathIn(first) },
      lines: frameLines(first.thread.frames),
    },
    ...(isNamed ? [] : deadlockFindings(scene, hanging)),
  ];
}

function deadlockFindings(scene: Scene, hanging: readonly Busy[]): readonly Finding[] {
  const [first] = oldestFirst(hanging);
  if (first === undefined) return [];
  const places = new Set(hanging.map(({ thread }) => placeInWords(placeOf(thread.frames))));
  const where = places.size > 1 ? ` (they wait in ${some([...places])})` : '';
  const rest = blockedInWords(scene);
  return [
    {
      cause: 'deadlock',
      severity: 'fault',
      weight: 88,
      sentence:
        `${hangingInWords(hanging)} for a lock, an event or a queue, and no thread of their worker ` +
        `runs that could end that${where}${rest}`,
      advice:
        'a deadlock ends only with its worker: set harakiri, so that it is replaced; take locks in ' +
        'one order, and wait with a timeout',
      figures: { requests: hanging.length, path: pathIn(first), ...queueFigures(scene) },
      lines: hanging
        .slice(0, 2)
        .flatMap(({ thread }) => [
          `${thread.request?.method ?? ''} ${thread.request?.uri ?? ''}`,
          ...frameLines(thread.frames),
        ]),
    },
  ];
}

/** "2 requests (GET /a and GET /b) of worker 1 have waited for 12 s in db.py:3 in take". */
function hangingInWords(hanging: readonly Busy[]): string {
  const [first] = oldestFirst(hanging);
  const uris = [...new Set(hanging.map(pathIn))];
  const workers = [...new Set(hanging.map(({ owner }) => owner.name))];
  const seconds = first?.thread.request?.seconds ?? 0;
  const place = placeInWords(placeOf(first?.thread.frames ?? []));
  const verb = hanging.length === 1 ? 'has waited' : 'have waited';
  return (
    `${plural(hanging.length, 'request')} (${some(uris)}) in ${some(workers)} ${verb} ` +
    `for ${duration(seconds)}, in ${place},`
  );
}

/** Requests that are slow by themselves, by the place in the code where they are. */
export function slowRequests(scene: Scene): readonly Finding[] {
  const hopeless = new Set(hopelessOnes(scene).map(({ thread }) => thread.id));
  const own = slowOnes(scene).filter(({ wait, thread }) => {
    return wait !== 'interpreter' && !hopeless.has(thread.id);
  });
  const blocked = own.filter(({ wait }) => wait === 'lock');
  const working = own.filter(({ wait }) => wait !== 'lock');
  const groups = grouped(working.length > 0 ? working : blocked, ({ thread, wait }) => {
    return `${placeInWords(placeOf(thread.frames)) || pathOf(thread.request?.uri ?? '')} ${wait}`;
  });
  return groups.slice(0, 3).flatMap(([, group]) => {
    return slowFinding(scene, group, working.length > 0 ? blocked.length : 0);
  });
}

function slowFinding(scene: Scene, group: readonly Busy[], blocked: number): readonly Finding[] {
  const [first] = oldestFirst(group);
  if (first === undefined) return [];
  const { thread, wait } = first;
  const seconds = thread.request?.seconds ?? 0;
  const share = group.length / Math.max(scene.slots, 1);
  const place = placeInWords(placeOf(thread.frames));
  const uris = [...new Set(group.map((each) => pathIn(each)))];
  const who = `${group.length} of ${plural(scene.slots, 'slot')} ${verb(group.length, 'run')}`;
  const it = group.length === 1 ? 'it' : 'the oldest';
  const others =
    blocked === 0 ? '' : `; ${thatWait(blocked, 'other request')} for a lock that it may hold`;
  const reason = thread.reason || first.owner.reason;
  const does = waitWords[wait] + (reason === '' ? '' : ` (${reason})`);
  const what = `${who} ${some(uris)} for ${duration(seconds)}: ${it} ${does}`;
  const queue = queueInWords(scene);
  return [
    {
      cause: 'slow-requests',
      severity: scene.queued > 0 || share >= 1 ? 'fault' : 'warning',
      weight: Math.round(68 + 12 * Math.min(share, 1) + Math.min(blocked, 2)),
      sentence: `${queue}${what}${place === '' ? '' : `, in ${place}`}${others}`,
      advice: slowAdvice[wait] ?? slowAdvice['unknown'] ?? '',
      figures: {
        ...{ path: uris[0] ?? '', requests: group.length, slots: scene.slots },
        ...{ seconds, waitsFor: wait, place, ...queueFigures(scene) },
      },
      lines: frameLines(thread.frames),
    },
  ];
}

const slowAdvice: Readonly<Partial<Record<Busy['wait'], string>>> = {
  network:
    'look at what answers there (a slow query, a service that is down), and give the call a timeout; ' +
    'harakiri cuts such requests',
  computes:
    'it is the code itself: `reeve profile` shows where its time goes; do long work in a spooler',
  lock: 'look at who holds the lock; wait with a timeout',
  child: 'give the command a timeout, or run it in a spooler',
  sleep: 'it is the code itself that sleeps: do not poll in a request',
  'file-lock': 'look at who holds the lock of that file (lslocks)',
  disk: 'look at the disk (iostat, dmesg), or at the server of that file system',
  pipe: 'look at the process at the other end; give the call a timeout',
  client:
    'look at its client and the network, and at the disk where responses wait (spool-max); ' +
    '`reeve status` shows the spool',
  unknown: 'harakiri cuts requests that run for too long, and logs their stack',
};

/** Where no stacks could be had: only what the gateway knows. */
export function slowWithoutStacks(scene: Scene): readonly Finding[] {
  if (scene.stacks !== undefined) return [];
  const slow = scene.running.filter(({ seconds, heldByClient }) => {
    return seconds >= SLOW_FROM_S && !heldByClient;
  });
  const paths = grouped(slow, ({ uri }) => pathOf(uri)).map(([path]) => path);
  if (slow.length === 0) return [];
  const seconds = Math.max(...slow.map((each) => each.seconds));
  const who = `${slow.length} of ${plural(scene.slots, 'slot')} ${verb(slow.length, 'run')}`;
  return [
    {
      cause: 'slow-requests',
      severity: scene.queued > 0 ? 'fault' : 'warning',
      weight: 60,
      sentence: `${queueInWords(scene)}${who} ${some(paths)} for ${duration(seconds)}`,
      advice: '`reeve stacks` shows where they hang',
      figures: {
        path: paths[0] ?? '',
        requests: slow.length,
        slots: scene.slots,
        seconds,
        ...queueFigures(scene),
      },
      lines: [],
    },
  ];
}

function queueInWords({ queued, oldestSeconds }: Scene): string {
  if (queued === 0) return '';
  const verb = queued === 1 ? 'waits' : 'wait';
  const since = queued === 1 ? '' : ', the oldest';
  return `${plural(queued, 'request')} ${verb}${since} for ${duration(oldestSeconds)}, because `;
}

function blockedInWords({ queued, oldestSeconds }: Scene): string {
  if (queued === 0) return '';
  return `; ${thatWait(queued, 'request')} behind them, the oldest for ${duration(oldestSeconds)}`;
}

function queueFigures({ queued, oldestSeconds }: Scene) {
  return { queued, oldestSeconds };
}

function oldestFirst(hanging: readonly Busy[]): readonly Busy[] {
  const seconds = ({ thread }: Busy): number => thread.request?.seconds ?? 0;
  return hanging.toSorted((one, other) => seconds(other) - seconds(one));
}

function pathIn({ thread }: Busy): string {
  return pathOf(thread.request?.uri ?? '');
}
