/** Workers that end, requests that are cut, and memory that grows (pure). */

import type { RecentRequest } from '../protocol/gateway-views.ts';
import type { Finding } from './finding.ts';
import { lostThreads } from './hanging.ts';
import { grouped, recent, type Scene } from './scene.ts';
import { waitOf, waitWords } from './waits.ts';
import { duration, pathOf, plural, size } from './words.ts';

const MB = 1_000_000;
/** Growth below these may be a cache that fills, or chance. */
const GROWN_MIN = 6;
const GROWTH_MIN_BYTES = 3 * MB;
/** What has shrunk in between, as part of what has grown. */
const SHRUNK_MAX = 0.3;

/** A path whose requests end their workers. */
export function poisonRequests(scene: Scene): readonly Finding[] {
  const lost = grouped(recent(scene, ['lost']), keyOf);
  const quarantined = scene.now.gateways.flatMap(({ quarantine }) => quarantine ?? []);
  const known = lost.flatMap(([key, requests]) => {
    const held = quarantined.find(({ method, path }) => `${method} ${path}` === key);
    return poisonFinding(key, requests, held?.waiting);
  });
  const others = quarantined
    .filter(({ method, path }) => !lost.some(([key]) => key === `${method} ${path}`))
    .flatMap(({ method, path, waiting }) => poisonFinding(`${method} ${path}`, [], waiting));
  return [...known, ...others];
}

function poisonFinding(
  key: string,
  requests: readonly RecentRequest[],
  waiting: number | undefined,
): readonly Finding[] {
  const isHeld = waiting !== undefined;
  const count = requests.length;
  const [last] = requests;
  const ends = last === undefined ? '' : ` (${count > 1 ? 'the last' : 'it'} ${last.why})`;
  const ran = count === 1 ? `${isHeld ? 'always ' : ''}while it ran` : 'always while they ran';
  const isMemory = /memory|SIGKILL/.test(last?.why ?? '');
  const died =
    count === 0
      ? 'at least 3 workers have ended'
      : `${plural(count, 'worker')} ${count === 1 ? 'has' : 'have'} ended`;
  const alone = isHeld ? `; such requests run alone now, and ${waiting} of them wait` : '';
  return [
    {
      cause: 'poison-request',
      severity: isHeld || count > 1 ? 'fault' : 'warning',
      weight: isHeld || count > 2 ? 92 : count === 2 ? 87 : 63,
      sentence: `${died}, ${ran} ${key}${ends}${alone}`,
      advice: isMemory
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
    const [last] = requests;
    if (last === undefined) return [];
    const facts = { processorShare: null, sleepsPerSecond: null, waitsIn: last.waitsIn };
    const wait = waitOf(facts);
    const lost = lostThreads(scene, last.generation);
    const isLocked = wait === 'lock';
    const isForked = isLocked && lost.names.length > 0;
    const kind = isForked ? 'fork-unsafe-thread' : isLocked ? 'deadlock' : 'slow-requests';
    const [top = ''] = last.stack.split('\n').map((line) => line.trim());
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
          `${requests.length === 1 ? 'was' : 'were'} cut after ${duration(last.ranMs / 1000)}; when it was cut, ` +
          `the last one ${wait === 'unknown' ? 'was' : pastOf(wait)}${top === '' ? '' : ` in ${top}`}${threads}`,
        advice: isForked
          ? 'set lazy-apps = true, so that each worker imports the application'
          : `\`reeve why ${last.requestId}\` tells the last one of them`,
        figures: { path: pathOf(last.uri), cut: requests.length, requestId: last.requestId },
        lines: last.stack.split('\n').filter((line) => line !== ''),
      },
    ];
  });
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
      : `; ${plural(retired.length, 'worker')} replaced for that in 10 minutes`;
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

function keyOf({ method, uri }: RecentRequest): string {
  return `${method} ${pathOf(uri)}`;
}
