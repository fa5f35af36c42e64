/** More requests than the workers take: too few of them, no processor left, slow clients (pure). */

import type { Finding } from './finding.ts';
import { recent, type Scene } from './scene.ts';
import { verb, duration, percent, plural, thatWait } from './words.ts';

/** Requests that run for longer explain a queue themselves. */
const SLOW_FROM_S = 1.5;
/** A wait for a worker that is worth a word. */
const WAITS_FROM_S = 0.1;
const BUSY_FROM = 0.8;
const PROCESSORS_FULL = 0.85;
const MACHINE_FULL_PERCENT = 60;
const SHARE_MIN = 0.25;
const WAITED_MS = 1_000;
const WAITED_COUNT = 3;

/** Requests wait for a worker, and those that run are quick. */
export function tooFewWorkers(scene: Scene): readonly Finding[] {
  const { slots, queued, work, seconds, running } = scene;
  const slow = running.filter((each) => each.seconds >= SLOW_FROM_S);
  if (slots === 0 || slow.length > slots / 2) return [];
  const busyPart = Math.min(work.runSeconds / Math.max(slots * seconds, 0.001), 1);
  const waitMean = work.requests > 0 ? work.waitSeconds / work.requests : scene.oldestSeconds;
  const waited = Math.max(waitMean, queued > 0 ? scene.oldestSeconds : 0);
  const isBusy = busyPart >= BUSY_FROM && waited >= WAITS_FROM_S && waitedTwice(scene);
  if (!isBusy) return waitedBefore(scene);
  const rate = Math.max(work.requests, 0) / seconds;
  const runMean = work.requests > 0 ? work.runSeconds / work.requests : 0;
  const arriving = rate + Math.max(queued - queuedBefore(scene), 0) / seconds;
  const wanted = Math.max(Math.ceil(arriving * runMean * 1.2), slots + 1);
  const isFull = hasUsedUp(scene);
  const now = queued > 0 ? `${thatWait(queued, 'request')} now; ` : '';
  const sentence =
    `requests wait ${duration(waited)} for a worker and run for ${duration(runMean)} only: ` +
    `${now}${plural(slots, 'slot')} ${verb(slots, 'are')} busy for ${percent(busyPart)} of ` +
    `the time, with ${Math.round(rate * 10) / 10} requests/s`;
  const figures = { slots, queued, rate, runMean, waited, busyPart, wanted };
  return [isFull ? processorsFull(scene, sentence, figures) : tooFew(scene, sentence, figures)];
}

function tooFew(scene: Scene, sentence: string, figures: Finding['figures']): Finding {
  const { cheaper = 0, processes = 0 } = scene.serving?.options ?? {};
  const count = scene.workers.length;
  const isHeldBack = cheaper > 0 && count < processes;
  const wanted = figures['wanted'] ?? 0;
  return {
    cause: 'too-few-workers',
    severity: 'fault',
    weight: 66,
    sentence: isHeldBack
      ? `${sentence}; ${count} of ${processes} processes ${verb(count, 'run')}, as ` +
        'cheaper has not started more'
      : sentence,
    advice: isHeldBack
      ? 'where that lasts: look at cheaper-rss-limit-soft, cheaper-algo and cheaper-overload, or ' +
        'raise cheaper'
      : `more workers or threads: some ${wanted} slots would do (processes, threads; \`reeve advise\`)`,
    figures,
    lines: [],
  };
}

function processorsFull(scene: Scene, sentence: string, figures: Finding['figures']): Finding {
  const { processors, waitsForProcessor } = scene.evidence.machine;
  const share = scene.work.cpuSeconds / (scene.seconds * processors);
  const others =
    share >= PROCESSORS_FULL
      ? ''
      : `, and processes of this machine wait for one for ${percent((waitsForProcessor ?? 0) / 100)} of the time`;
  return {
    cause: 'processors-used-up',
    severity: 'fault',
    weight: 66,
    sentence: `${sentence}; this instance uses ${percent(share)} of ${plural(processors, 'processor')}${others}`,
    advice:
      'more workers would not help: make the code quicker (`reeve profile`), or use more processors',
    figures: { ...figures, processors, share },
    lines: [],
  };
}

/** By itself, or beside others: then processes wait for a processor, and it has a part of them. */
function hasUsedUp({ work, seconds, evidence, slots }: Scene): boolean {
  const { processors, waitsForProcessor } = evidence.machine;
  const share = work.cpuSeconds / (seconds * processors);
  const isBusy = (waitsForProcessor ?? 0) >= MACHINE_FULL_PERCENT;
  return share >= PROCESSORS_FULL || (isBusy && slots >= processors && share >= SHARE_MIN);
}

/** A moment in which two requests meet is no queue. */
function waitedTwice(scene: Scene): boolean {
  return queuedBefore(scene) > 0 || scene.queued > 1 || scene.work.waitSeconds > WAITS_FROM_S;
}

function queuedBefore({ before }: Scene): number {
  return before.queue?.queued ?? 0;
}

/** It is over now, but requests have waited a few minutes ago, though they were quick. */
function waitedBefore(scene: Scene): readonly Finding[] {
  const all = recent(scene, ['slow'], 5);
  const waited = all.filter(({ waitedMs, ranMs }) => waitedMs >= WAITED_MS && ranMs < WAITED_MS);
  const ranLong = all.filter(({ ranMs }) => ranMs >= WAITED_MS);
  const cut = recent(scene, ['cut', 'lost'], 5);
  if (waited.length < WAITED_COUNT || ranLong.length + cut.length > 0) return [];
  const longest = Math.max(...waited.map(({ waitedMs }) => waitedMs)) / 1000;
  const ran = waited.reduce((sum, { ranMs }) => sum + ranMs, 0) / waited.length / 1000;
  return [
    {
      cause: 'too-few-workers',
      severity: 'warning',
      weight: 52,
      sentence:
        `in the last 5 minutes ${plural(waited.length, 'request')} waited for a worker, up to ` +
        `${duration(longest)}, and ran for ${duration(ran)} only: ${plural(scene.slots, 'slot')} ${verb(scene.slots, 'were')} ` +
        'too few for that moment',
      advice: 'more workers or threads (processes, threads), or cheaper with a higher number',
      figures: { requests: waited.length, longestSeconds: longest, slots: scene.slots },
      lines: [],
    },
  ];
}

/** Workers that wait for clients which read slowly. */
export function slowClients({ running, slots, queued }: Scene): readonly Finding[] {
  const held = running.filter(({ heldByClient }) => heldByClient);
  if (held.length === 0) return [];
  const isAll = held.length >= slots / 2;
  const longest = Math.max(...held.map(({ seconds }) => seconds));
  return [
    {
      cause: 'slow-clients',
      severity: isAll || queued > 0 ? 'fault' : 'note',
      weight: isAll ? 74 : 30,
      sentence:
        `${held.length} of ${plural(slots, 'slot')} ${verb(held.length, 'wait')} for a client ` +
        `that takes its response slowly, for up to ${duration(longest)}`,
      advice: 'let responses wait in files (response-buffering, spool-max, a disk with room)',
      figures: { slots, held: held.length, seconds: longest },
      lines: [],
    },
  ];
}

/** The kernel holds clients that the gateway does not accept. */
export function clientsWaiting({ now }: Scene): readonly Finding[] {
  return (now.listeners ?? []).flatMap(({ address, waiting, backlog }) => {
    if (waiting === null || backlog === null || waiting < Math.max(backlog / 2, 1)) return [];
    return [
      {
        cause: 'clients-waiting' as const,
        severity: 'fault' as const,
        weight: 58,
        sentence: `${thatWait(waiting, 'client')} in the kernel to be accepted on ${address}, where ${backlog} ${verb(backlog, 'fit')}`,
        advice:
          'look at max-connections and the limit of open files; the log says which is reached',
        figures: { address, waiting, backlog },
        lines: [],
      },
    ];
  });
}

/** Clients that were turned away, as no more may be connected. */
export function connectionsFull({ evidence, nowMs }: Scene): readonly Finding[] {
  const last = evidence.lines.findLast(({ event }) => turnedAway.has(event));
  const ageSeconds = (nowMs - (last?.atMs ?? 0)) / 1000;
  if (last === undefined || ageSeconds > 600) return [];
  // It is logged once in ten seconds.
  const isNow = last.level === 'error' && ageSeconds < 30;
  return [
    {
      cause: 'connections-full',
      severity: isNow ? 'fault' : 'warning',
      weight: isNow ? 73 : 53,
      sentence: `clients were turned away ${duration(Math.max(ageSeconds, 0))} ago: ${last.sentence}`,
      advice: 'connections that are idle count too: `reeve status` shows how many are open',
      figures: { clients: Number(last.fields['clients'] ?? 0), secondsAgo: Math.round(ageSeconds) },
      lines: [],
    },
  ];
}

const turnedAway: ReadonlySet<string> = new Set([
  ...['gateway.full', 'gateway.address-full', 'gateway.accept-failed'],
]);
