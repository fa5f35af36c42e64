/** One request, or the requests of one path: what is known of them (pure). */

import {
  shapeOf,
  type RecentRequest,
  type RunningRequest,
  type WaitingRequest,
} from '../protocol/gateway-views.ts';
import { pastOf } from './deaths.ts';
import { recent, sceneOf, type Busy, type Looks, type Scene } from './scene.ts';
import { frameLines, placeInWords, placeOf, waitOf, waitWords } from './waits.ts';
import { verb, duration, pathOf, plural, size, thatWait } from './words.ts';

export interface Story {
  /** `waiting` and `running`: now; `ended`: it is known how; `unknown`: nothing is known. */
  readonly kind: 'waiting' | 'running' | 'ended' | 'unknown';
  readonly sentences: readonly string[];
  /** A stack. */
  readonly lines: readonly string[];
  readonly request: RecentRequest | RunningRequest | WaitingRequest | undefined;
}

/** What is known of the request with this id. */
export function storyOf(looks: Looks, id: string): Story {
  const scene = sceneOf(looks);
  const busy = scene.busy.find(({ thread }) => thread.request?.requestId === id);
  if (busy?.thread.request !== undefined && busy.thread.request !== null) {
    return runningStory(busy, busy.thread.request);
  }
  const running = scene.running.find(({ requestId }) => requestId === id);
  if (running !== undefined) return runningStory(undefined, running);
  const ended = scene.evidence.requests.find(({ requestId }) => requestId === id);
  if (ended !== undefined) return endedStory(scene, ended);
  const waiting = scene.evidence.waiting?.find(({ requestId }) => requestId === id);
  return waiting === undefined ? unknownStory(scene, id) : waitingStory(scene, waiting);
}

/** Whether a word after `reeve why` is the id of a request that is known. */
export function isKnownId(looks: Looks, id: string): boolean {
  return storyOf(looks, id).kind !== 'unknown';
}

function unknownStory({ evidence, nowMs }: Scene, id: string): Story {
  const oldest = evidence.requests.at(-1);
  const since =
    oldest === undefined
      ? 'no such request has ended since the gateway started'
      : `the oldest of these ended ${duration((nowMs - oldest.endedAtMs) / 1000)} ago`;
  const sentences = [
    `nothing is known of a request ${id}`,
    'known are the requests that wait or run now, and the last ones that failed, were refused, cut ' +
      `or lost, took 1 s or longer, or whose client left; ${since}`,
    'if it ended well, or longer ago, look for the id in the journal (REQUEST_ID) or in the access log',
  ];
  return { kind: 'unknown', sentences, lines: [], request: undefined };
}

function waitingStory(scene: Scene, request: WaitingRequest): Story {
  const { method, uri, seconds, before } = request;
  const ahead = before === 0 ? 'it is the next' : `${thatWait(before, 'request')} before it`;
  const sentences = [
    `${method} ${uri} has waited for a worker for ${duration(seconds)}; ${ahead}`,
    `${scene.running.length} of ${plural(scene.slots, 'slot')} ${verb(scene.running.length, 'are')} busy; ` +
      '`reeve why` without an id says with what',
  ];
  return { kind: 'waiting', sentences, lines: [], request };
}

function runningStory(busy: Busy | undefined, request: RunningRequest): Story {
  const { method, uri, seconds, heldByClient } = request;
  const where = busy === undefined ? '' : `, in ${busy.owner.name}, thread ${request.thread}`;
  const frames = busy?.thread.frames ?? [];
  const place = placeInWords(placeOf(frames));
  const now = heldByClient
    ? 'it waits for its client, which takes the response slowly'
    : busy === undefined
      ? ''
      : `it ${waitWords[busy.wait]}${place === '' ? '' : `, in ${place}`}`;
  const sentences = [`${method} ${uri} has run for ${duration(seconds)}${where}`, now];
  return {
    kind: 'running',
    sentences: sentences.filter(Boolean),
    lines: frameLines(frames),
    request,
  };
}

function endedStory({ nowMs }: Scene, request: RecentRequest): Story {
  const { method, uri, endedAtMs, waitedMs, queuedBehind, ranMs, worker, thread } = request;
  const ago = duration(Math.max(nowMs - endedAtMs, 0) / 1000);
  const behind = queuedBehind === 0 ? '' : `, behind ${plural(queuedBehind, 'other')}`;
  const waited = `it waited ${duration(waitedMs / 1000)} for a worker${behind}`;
  const ran =
    worker === 0
      ? 'no worker ran it'
      : `ran for ${duration(ranMs / 1000)} in worker ${worker}, thread ${thread}`;
  const lines = request.stack.split('\n').filter((line) => line !== '');
  return {
    kind: 'ended',
    sentences: [
      `${method} ${uri} ended ${ago} ago: ${endInWords(request)}`,
      worker === 0 && waitedMs === 0 ? 'no worker was asked' : `${waited}, and ${ran}`,
      ...doing(request),
    ],
    lines: lines.map((line) => line.trim()),
    request,
  };
}

function doing({ waitsIn, stack }: RecentRequest): readonly string[] {
  if (stack === '') return [];
  const wait = waitOf({ waitsIn, processorShare: null, sleepsPerSecond: null });
  return [`when it was cut it ${wait === 'unknown' ? 'was here' : pastOf(wait)}`];
}

function endInWords({ end, status, why }: RecentRequest): string {
  const because = why === '' ? '' : `: ${why}`;
  switch (end) {
    case 'cut':
      return `it ran longer than ${why}, and its client was answered ${status}`;
    case 'lost':
      return `its worker ${why}, and its client was answered ${status}`;
    case 'client-gone':
      return 'its client closed the connection before it had the response (499 in the log)';
    case 'failed':
      return status < 400
        ? `its response was cut after it had begun with ${status}${because}`
        : `the application failed, and the answer was ${status}${because}`;
    case 'refused':
      return `Reeve answered it with ${status}${because}`;
    case 'slow':
      return `it was answered with ${status}, and took long`;
    default:
      return end satisfies never;
  }
}

/** What is known of a path: how many run, have failed, were cut; what its memory costs. */
export function pathStory(looks: Looks, path: string): Story {
  const scene = sceneOf(looks);
  const isIts = ({ uri }: { readonly uri: string }): boolean => pathOf(uri) === path;
  const running = scene.running.filter(isIts);
  const busy = scene.busy.find(({ thread }) => thread.request !== null && isIts(thread.request));
  const frames = busy?.thread.frames ?? [];
  const place = placeInWords(placeOf(frames));
  const longest = Math.max(0, ...running.map(({ seconds }) => seconds));
  const all = scene.evidence.requests.filter(isIts);
  const counts = (['cut', 'lost', 'failed', 'refused', 'slow', 'client-gone'] as const)
    .map((end) => ({ end, count: recent(scene, [end], 60).filter(isIts).length }))
    .filter(({ count }) => count > 0)
    .map(({ end, count }) => `${count} ${end}`);
  const growth = scene.now.gateways
    .flatMap((gateway) => gateway.growth ?? [])
    .find((each) => each.path === shapeOf(path) && each.samples > 0);
  const sentences = [
    running.length === 0
      ? `no request of ${path} runs now`
      : `${plural(running.length, 'request')} of ${path} ${verb(running.length, 'run')} ` +
        `now, for up to ${duration(longest)}` +
        (busy === undefined
          ? ''
          : `: ${running.length === 1 ? 'it' : 'one of them'} ${waitWords[busy.wait]}${place === '' ? '' : `, in ${place}`}`),
    ...(counts.length === 0
      ? []
      : [`of those that are kept of the last hour: ${counts.join(', ')}`]),
    ...(all[0] === undefined ? [] : [`the last one, ${all[0].requestId}: ${endInWords(all[0])}`]),
    ...(growth === undefined || growth.bytes <= 0
      ? []
      : [`memory grows by ${size((growth.bytes / growth.samples) * 1000)} with 1000 of them`]),
  ];
  return {
    kind: running.length > 0 ? 'running' : 'ended',
    sentences,
    lines: frameLines(frames),
    request: all[0],
  };
}
