/** Workers that end, requests that are cut, and memory that grows (pure). */

import { shapeOf, type RecentRequest } from '../protocol/gateway-views.ts';
import type { Finding } from './finding.ts';
import { lostThreads } from './hanging.ts';
import { grouped, recent, type Scene } from './scene.ts';
import { frameLines, framesIn, placeInWords, placeOf, waitOf, waitWords } from './waits.ts';
import { verb, duration, pathOf, plural, size, some } from './words.ts';

const MB = 1_000_000;
/** Growth below these may be a cache that fills, or chance. */
const GROWN_MIN = 6;
const GROWTH_MIN_BYTES = 3 * MB;
/** What has shrunk in between, as part of what has grown. */
const SHRUNK_MAX = 0.3;
/** The logger keeps the last 64 lines. */
const CHURN_MS = 60_000;
const CHURN_MIN = 10;
const CHURN_LIFE_S = 15;

/** A path whose requests end their workers. */
export function poisonRequests(scene: Scene): readonly Finding[] {
  const quarantined = scene.now.gateways.flatMap(({ quarantine }) => quarantine ?? []);
  const held = grouped(quarantined, ({ method, path }) => `${method} ${shapeOf(path)}`);
  const blamed = blamedFor(recent(scene, ['lost']), new Set(held.map(([key]) => key)));
  const others = held
    .filter(([kind]) => !blamed.some((each) => each.kind === kind))
    .map(([kind]) => ({ kind, requests: [], beside: [] }));
  return [...blamed, ...others].flatMap(({ kind, requests, beside }) => {
    const waiting = held.find(([key]) => key === kind)?.[1];
    const paths = [...requests.map(({ uri }) => pathOf(uri)), ...(waiting ?? []).map(pathIn)];
    const isOne = new Set(paths).size === 1;
    return poisonFinding({
      key: isOne ? `${kind.slice(0, kind.indexOf(' '))} ${paths[0] ?? ''}` : kind,
      requests,
      beside,
      waiting: waiting?.reduce((sum, each) => sum + each.waiting, 0),
      limit: killedByLimit(scene, requests),
    });
  });
}

function pathIn({ path }: { readonly path: string }): string {
  return path;
}

/** Requests of one kind that ran in workers which have ended. */
interface Blamed {
  readonly kind: string;
  readonly requests: readonly RecentRequest[];
  /** Kinds that ran beside them in each of these workers. */
  readonly beside: readonly string[];
}

/**
 * Other requests were running in the threads of a worker that ended. So the kind that was there in
 * most of the deaths is to blame for them, then the one that was there in most of the others; among
 * equals one that had just begun.
 */
function blamedFor(lost: readonly RecentRequest[], held: ReadonlySet<string>): readonly Blamed[] {
  const kinds = grouped(lost, keyOf)
    .map(([kind, requests]) => ({ kind, requests, pids: new Set(requests.map(({ pid }) => pid)) }))
    .toSorted((one, other) => {
      const more = other.pids.size - one.pids.size;
      return more === 0 ? leastRun(one.requests) - leastRun(other.requests) : more;
    });
  const explained = new Set<number>();
  return kinds.flatMap(({ kind, requests, pids }) => {
    if (isWithin(pids, explained) && !held.has(kind)) return [];
    const isFirst = ![...pids].some((pid) => explained.has(pid));
    for (const pid of pids) explained.add(pid);
    const same = kinds.filter((each) => each.kind !== kind && isWithin(pids, each.pids));
    return [{ kind, requests, beside: isFirst ? same.map((each) => each.kind) : [] }];
  });
}

function isWithin(pids: ReadonlySet<number>, others: ReadonlySet<number>): boolean {
  return [...pids].every((pid) => others.has(pid));
}

function leastRun(requests: readonly RecentRequest[]): number {
  return Math.min(...requests.map(({ ranMs }) => ranMs));
}

/** Why Reeve itself has killed the worker of the last of them (evil-reload-on-*); '' else. */
function killedByLimit({ evidence }: Scene, [last]: readonly RecentRequest[]): string {
  const line = evidence.lines.findLast(({ event, fields }) => {
    return event === 'worker.killed' && Number(fields['pid']) === last?.pid;
  });
  return line?.sentence.replace(/^.*? is killed: /, '') ?? '';
}

interface Poison {
  readonly key: string;
  readonly requests: readonly RecentRequest[];
  readonly beside: readonly string[];
  /** How many wait, where it is quarantined. */
  readonly waiting: number | undefined;
  /** As `killedByLimit` tells. */
  readonly limit: string;
}

function poisonFinding({ key, requests, beside, waiting, limit }: Poison): readonly Finding[] {
  const isHeld = waiting !== undefined;
  const count = new Set(requests.map(({ pid }) => pid)).size;
  const [last] = requests;
  const how = limit === '' ? (last?.why ?? '') : `was killed by Reeve: ${limit}`;
  const ends = how === '' ? '' : ` (${count > 1 ? 'the last' : 'it'} ${how})`;
  const ran = count === 1 ? `${isHeld ? 'always ' : ''}while it ran` : 'always while they ran';
  const isMemory = /memory|SIGKILL/.test(last?.why ?? '');
  const died =
    count === 0
      ? 'at least 3 workers have ended'
      : `${plural(count, 'worker')} ${verb(count, 'have')} ended`;
  const others = beside.length === 0 ? '' : `; beside it ran ${some(beside)}`;
  const waitInWords = waiting === 0 ? 'none' : `${waiting}`;
  const alone = isHeld
    ? `; such requests run alone now, and ${waitInWords} of them ${verb(waiting || 1, 'wait')}`
    : '';
  return [
    {
      cause: 'poison-request',
      severity: isHeld || count > 1 ? 'fault' : 'warning',
      weight: isHeld || count > 2 ? 92 : count === 2 ? 87 : 63,
      sentence: `${died}, ${ran} ${key}${ends}${others}${alone}`,
      advice:
        limit !== ''
          ? 'that request needs more memory than the limit allows: raise evil-reload-on-rss or ' +
            'evil-reload-on-as, or let it need less; reload-on-rss lets a request finish'
          : isMemory
            ? 'it was killed from outside, as the kernel does where memory is used up: see journalctl -k'
            : 'correct that code, or answer that path in front of Reeve; a core file or faulthandler shows where it crashes',
      figures: { path: key.slice(key.indexOf(' ') + 1), deaths: count, waiting: waiting ?? 0 },
      lines: [],
    },
  ];
}

/** Requests that a time limit has cut: what they did then is known. */
export function cutRequests(scene: Scene): readonly Finding[] {
  return grouped(recent(scene, ['cut']), keyOf).flatMap(([key, requests]) => {
    // The stack of the newest may not have been read yet.
    const last = requests.find(({ stack }) => stack !== '') ?? requests[0];
    if (last === undefined) return [];
    const facts = { processorShare: null, sleepsPerSecond: null, waitsIn: last.waitsIn };
    const wait = waitOf(facts);
    const lost = lostThreads(scene, last.generation);
    const isLocked = wait === 'lock';
    const isForked = isLocked && lost.names.length > 0;
    const kind = isForked ? 'fork-unsafe-thread' : isLocked ? 'deadlock' : 'slow-requests';
    const top = placeInWords(placeOf(framesIn(last.stack)));
    const threads = isForked
      ? `; the application started ${plural(lost.count, 'thread')} (${lost.names.join(', ')}) before the fork, which workers do not have`
      : '';
    return [
      {
        cause: kind,
        severity: 'fault' as const,
        weight: isForked ? 90 : isLocked ? 76 : 71,
        sentence:
          `${plural(requests.length, 'request')} of ${key} ran longer than ${last.why} and ` +
          `${verb(requests.length, 'were')} cut after ${duration(last.ranMs / 1000)}` +
          `${doingWhenCut(wait, top)}${threads}`,
        advice: isForked
          ? 'set lazy-apps = true, so that each worker imports the application'
          : `\`reeve why ${last.requestId}\` tells the last one of them`,
        figures: { path: pathOf(last.uri), cut: requests.length, requestId: last.requestId },
        lines: frameLines(framesIn(last.stack)),
      },
    ];
  });
}

function doingWhenCut(wait: ReturnType<typeof waitOf>, place: string): string {
  if (wait === 'unknown' && place === '') return '';
  const did = wait === 'unknown' ? 'was' : pastOf(wait);
  return `; when it was cut, the last one ${did}${place === '' ? '' : `, in ${place}`}`;
}

/** "waited for a lock". */
export function pastOf(wait: ReturnType<typeof waitOf>): string {
  return waitWords[wait]
    .replace(/^waits/, 'waited')
    .replace(/^sleeps/, 'slept')
    .replace(/^computes/, 'computed')
    .replace(/^has not returned/, 'ran');
}

/** Workers that end by themselves while it is not known what they ran. */
export function workerDeaths(scene: Scene): readonly Finding[] {
  const sinceMs = scene.nowMs - 600_000;
  const ends = scene.evidence.lines.filter(({ event, level, atMs }) => {
    return event === 'worker.exited' && level === 'error' && atMs > sinceMs;
  });
  const lost = new Set(recent(scene, ['lost']).map(({ pid }) => pid));
  const unexplained = ends.filter(({ fields }) => !lost.has(Number(fields['pid'])));
  const last = unexplained.at(-1);
  if (last === undefined) return [];
  return [
    {
      cause: 'worker-deaths',
      severity: 'warning',
      weight: unexplained.length > 2 ? 67 : 50,
      sentence:
        `${plural(unexplained.length, 'worker')} ended in the last 10 minutes without a request to ` +
        `blame; the last: ${last.sentence}`,
      advice:
        'the log has their last lines; a kill from outside is in journalctl -k (out of memory)',
      figures: { deaths: unexplained.length },
      lines: [],
    },
  ];
}

/** Workers that reach a limit so soon that they are hardly ever warm. */
export function workersChurn({ evidence, nowMs, workers }: Scene): readonly Finding[] {
  const retired = evidence.lines.filter(({ event, atMs }) => {
    return event === 'worker.retired' && atMs > nowMs - CHURN_MS;
  });
  const [first, last] = [retired[0], retired.at(-1)];
  if (first === undefined || last === undefined) return [];
  const seconds = Math.max((nowMs - first.atMs) / 1000, 1);
  const lifeSeconds = (seconds * Math.max(workers.length, 1)) / retired.length;
  if (retired.length < CHURN_MIN || lifeSeconds > CHURN_LIFE_S) return [];
  const perMinute = Math.round((retired.length / seconds) * 60);
  return [
    {
      cause: 'workers-churn',
      severity: 'warning',
      weight: 51,
      sentence:
        `${plural(perMinute, 'worker')} a minute ${verb(perMinute, 'are')} replaced, each after ${duration(lifeSeconds)}; the last: ` +
        last.sentence,
      advice:
        'raise that limit: a new worker is cold, and with lazy-apps it imports everything anew',
      figures: { perMinute, lifeSeconds },
      lines: [],
    },
  ];
}

/** A path with which the memory of workers grows and grows. */
export function memoryGrowth({ now, evidence, nowMs, workers }: Scene): readonly Finding[] {
  const growth = now.gateways.flatMap((gateway) => gateway.growth ?? []);
  const retired = evidence.lines.filter(({ event, sentence, atMs }) => {
    return (
      event === 'worker.retired' &&
      /rss|memory|reload-on-|uss|pss/i.test(sentence) &&
      atMs > nowMs - 600_000
    );
  });
  const again =
    retired.length === 0
      ? ''
      : `; ${plural(retired.length, 'worker')} ${verb(retired.length, 'were')} replaced for that in 10 minutes`;
  const largest = Math.max(0, ...workers.map(({ memory }) => memory?.residentBytes ?? 0));
  return growth
    .filter(({ grown, bytes, grewBytes, shrankBytes }) => {
      return (
        grown >= GROWN_MIN && bytes >= GROWTH_MIN_BYTES && shrankBytes <= SHRUNK_MAX * grewBytes
      );
    })
    .map(({ method, path, samples, bytes }) => ({
      cause: 'memory-growth' as const,
      severity: 'warning' as const,
      weight: 78,
      sentence:
        `the memory of workers grows by ${size((bytes / samples) * 1_000)} with 1000 requests of ` +
        `${method} ${path} (${size(bytes)} in ${plural(samples, 'request')} that were measured); the ` +
        `largest worker has ${size(largest)}${again}`,
      advice:
        'look for what that code keeps (a list or cache without a bound: tracemalloc); until then ' +
        'reload-on-rss or max-requests replace such workers in time',
      figures: { path, bytesPerRequest: Math.round(bytes / samples), samples, largest },
      lines: [],
    }));
}

/** Paths that differ in a number or an id alone run the same code. */
function keyOf({ method, uri }: RecentRequest): string {
  return `${method} ${shapeOf(pathOf(uri))}`;
}
