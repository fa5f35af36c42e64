/** The instance as a whole: readiness, deploys, failures of the application (pure). */

import { shapeOf } from '../protocol/gateway-views.ts';
import type { Finding } from './finding.ts';
import { lostThreads } from './hanging.ts';
import { largest, recent, type Scene } from './scene.ts';
import { frameLines, placeInWords, placeOf } from './waits.ts';
import { duration, pathOf, percent, plural, some } from './words.ts';

/** A start that takes longer is worth a look at where it is. */
const SLOW_START_S = 10;
const FAILURES_MIN = 3;
const ERRORS_MS = 600_000;

/** No client should be sent here. */
export function notReady(scene: Scene): readonly Finding[] {
  const { ready } = scene.now;
  if (ready === undefined || ready.isReady) return [];
  const last = scene.evidence.lines.filter(({ level }) => level === 'error').at(-1);
  const said = last === undefined ? '' : `; the last error: ${firstLine(last.sentence)}`;
  const spawner = scene.busy.find(({ owner }) => owner.state !== 'up');
  const where = placeInWords(placeOf(spawner?.thread.frames ?? []));
  const age = spawner === undefined ? '' : ` for ${duration(spawner.owner.ageSeconds)}`;
  const place = where === '' ? '' : `; it is${age} in ${where}`;
  return [
    {
      cause: 'not-ready',
      severity: 'fault',
      weight: 99,
      sentence: `not ready: ${ready.reason}${place}${said}`,
      advice: readyAdvice(ready.reason),
      figures: { reason: ready.reason },
      lines: frameLines(spawner?.thread.frames ?? []),
    },
  ];
}

function readyAdvice(reason: string): string {
  if (reason.includes('suspended')) return 'resume it: SIGTSTP again, or `p` in the master-fifo';
  if (reason.includes('stop')) return 'it was asked to stop; the log says by whom';
  if (reason.includes('starting')) return '`reeve stacks` shows where the import is';
  return 'the log has the traceback; `reeve reload` loads the code again';
}

/** A generation that comes up and does not get on. */
export function slowReload(scene: Scene): readonly Finding[] {
  const coming = scene.now.generations.find(({ role }) => role === 'coming');
  if (coming === undefined || scene.serving === undefined) return [];
  const seconds = coming.spawner.state === 'up' ? 0 : coming.spawner.ageSeconds;
  if (seconds < SLOW_START_S) return [];
  const thread = scene.busy.find(({ owner }) => owner.generation === coming.number)?.thread;
  const where = placeInWords(placeOf(thread?.frames ?? []));
  return [
    {
      cause: 'broken-deploy',
      severity: 'warning',
      weight: 80,
      sentence: `a reload has loaded the application for ${duration(seconds)}${where && `, now in ${where}`}; the old code serves`,
      advice: 'it is given up after start-timeout; look at what the import waits for',
      figures: { seconds },
      lines: frameLines(thread?.frames ?? []),
    },
  ];
}

export function gatewaySilent({ now, before }: Scene): readonly Finding[] {
  const silent = now.gateways.filter(({ state, running, epoch }) => {
    const earlier = before.gateways.find((each) => each.epoch === epoch);
    return state === 'up' && running === null && earlier?.running === null;
  });
  return silent.map(({ epoch, pid }) => ({
    cause: 'gateway-silent' as const,
    severity: 'fault' as const,
    weight: 97,
    sentence: `gateway ${epoch} (pid ${pid ?? 0}) runs and does not answer its master`,
    advice:
      'it is replaced soon; if not: is the process stopped, or the machine out of processor time?',
    figures: { epoch },
    lines: [],
  }));
}

/** The last reload has failed, or what it brought fails. */
export function brokenDeploy(scene: Scene): readonly Finding[] {
  const last = scene.now.reloads?.at(-1);
  if (last === undefined || (last.outcome !== 'failed' && last.outcome !== 'refused')) return [];
  const seconds = Math.max((scene.nowMs - last.atMs) / 1000, 0);
  return [
    {
      cause: 'broken-deploy',
      severity: 'fault',
      weight: 84,
      sentence: `the last reload ${last.outcome === 'failed' ? 'failed' : 'was refused'} ${duration(seconds)} ago, and the code before it serves: ${last.sentence}`,
      advice: 'correct that, and `reeve reload` again; the log has the traceback',
      figures: { outcome: last.outcome, secondsAgo: Math.round(seconds) },
      lines: [],
    },
  ];
}

/** The application answers with 5xx, or raises. */
export function failingRequests(scene: Scene): readonly Finding[] {
  const failed = recent(scene, ['failed'], 5);
  if (failed.length < FAILURES_MIN) return [];
  const kindOf = ({ method, uri }: (typeof failed)[number]): string => {
    return `${method} ${shapeOf(pathOf(uri))}`;
  };
  const group = largest(failed, kindOf);
  if (group === undefined) return [];
  const { key, items: most } = group;
  const status = most[0]?.status ?? 500;
  const reload = scene.now.reloads?.findLast(({ outcome }) => outcome === 'reloaded');
  const isNew = reload !== undefined && failed.every(({ endedAtMs }) => endedAtMs > reload.atMs);
  const since = isNew
    ? `since the reload ${duration((scene.nowMs - (reload?.atMs ?? 0)) / 1000)} ago`
    : 'in the last 5 minutes';
  const kinds = new Set(failed.map(kindOf));
  const share = most.length / failed.length;
  const which = kinds.size === 1 ? key : `${percent(share)} of them ${key}`;
  const count = failed.length >= 100 ? 'at least 100 requests' : plural(failed.length, 'request');
  return [
    {
      cause: isNew ? 'broken-deploy' : 'failing-requests',
      severity: 'fault',
      weight: isNew ? 83 : 62,
      sentence: `${count} failed ${since} (${which}), ${statusInWords(status)}`,
      advice: isNew
        ? 'go back to the code before, and `reeve reload`; the log has the traceback'
        : 'the log has the traceback of each',
      figures: { requests: failed.length, path: pathOf(most[0]?.uri ?? ''), status },
      lines: [],
    },
  ];
}

/** Errors in the log that no other rule tells of. */
export function errorsLogged({ evidence, nowMs }: Scene): readonly Finding[] {
  const errors = evidence.lines.filter(({ level, event, atMs }) => {
    return level === 'error' && atMs > nowMs - ERRORS_MS && !toldElsewhere.has(event);
  });
  const last = errors.at(-1);
  if (last === undefined) return [];
  const ago = duration(Math.max(nowMs - last.atMs, 0) / 1000);
  return [
    {
      cause: 'errors-logged',
      severity: 'warning',
      weight: 42,
      sentence:
        `${plural(errors.length, 'error')} in the log of the last 10 minutes` +
        `${errors.length === 1 ? `, ${ago} ago` : `, the last ${ago} ago`}: ${firstLine(last.sentence)}`,
      advice: `the log has it in full (${last.event}; journalctl -x explains it)`,
      figures: { errors: errors.length, event: last.event },
      lines: [],
    },
  ];
}

const toldElsewhere: ReadonlySet<string> = new Set([
  ...['worker.exited', 'worker.killed', 'request.lost', 'request.overran', 'job.exited'],
  ...['reload.failed', 'reload.refused', 'generation.incomplete', 'start.refused'],
  ...['gateway.full', 'gateway.accept-failed', 'cron.failed'],
]);

function statusInWords(status: number): string {
  return status < 400 ? 'and their responses were cut' : `with status ${status}`;
}

/** Threads that workers do not have, where nothing hangs for it now. */
export function threadsLost(scene: Scene): readonly Finding[] {
  const number = scene.serving?.number;
  if (number === undefined) return [];
  const { count, names } = lostThreads(scene, number);
  if (count === 0) return [];
  const isNamed = names.length > 0;
  const it = count === 1 ? 'it' : 'them';
  return [
    {
      cause: 'fork-unsafe-thread',
      severity: isNamed ? 'warning' : 'note',
      weight: isNamed ? 64 : 15,
      sentence:
        `the application started ${plural(count, 'thread')}${isNamed ? ` (${some(names)})` : ' of a C library'} ` +
        `while it was imported; forked workers lack ${it}, and a request that waits for ${it} hangs`,
      advice: 'set lazy-apps = true, or start threads after the fork (uwsgidecorators.postfork)',
      figures: { threads: count },
      lines: [],
    },
  ];
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
