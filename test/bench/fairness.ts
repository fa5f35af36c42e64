/**
 * What quick requests wait while slow ones run: 2 processes × 1 thread, a request of 2 s one after
 * another, and 8 keep-alive clients that ask quick ones.
 */
import { connect } from 'node:net';

import { inDirectory, inTurn, whileAllServe } from './contest.ts';
import type { Terms } from './contest.ts';
import { figureOf } from './report.ts';
import type { PerServer, Row } from './report.ts';
import { contenders } from './servers.ts';

const port = 18_992;
const clients = 8;
/** Two slow requests, one after the other. */
const seconds = 4.2;

export const about =
  'Quick requests of 8 clients with kept connections, beside requests of 2 s, one after another. ' +
  '2 processes × 1 thread.';

const application = `
import time
from flask import Flask
application = Flask(__name__)
@application.route('/')
def quick():
    return 'quick\\n'
@application.route('/slow')
def slow():
    time.sleep(2)
    return 'slow\\n'
`;

/** Asks the target again and again on one connection; the times that answers took, in ms. */
function askUntil(at: number, endMs: number, target: string): Promise<readonly number[]> {
  return new Promise((done) => {
    const times: number[] = [];
    let [text, sentAtMs] = ['', 0];
    const socket = connect(at, '127.0.0.1');
    const next = (): void => {
      if (performance.now() >= endMs) return void socket.destroy();
      [text, sentAtMs] = ['', performance.now()];
      socket.write(`GET ${target} HTTP/1.1\r\nHost: bench\r\n\r\n`);
    };
    socket.on('connect', next);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const length = /\r\nContent-Length: (\d+)\r\n/i.exec(text)?.[1];
      const head = text.indexOf('\r\n\r\n');
      if (length === undefined || text.length < head + 4 + Number(length)) return;
      times.push(performance.now() - sentAtMs);
      next();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done(times));
  });
}

interface Waits {
  readonly middleMs: number;
  readonly p95Ms: number;
  readonly worstMs: number;
  readonly perSecond: number;
}

async function waits(at: number): Promise<Waits> {
  await askUntil(at, performance.now() + 300, '/'); // Everything has been loaded once.
  const endMs = performance.now() + seconds * 1000;
  const slow = askUntil(at, endMs, '/slow');
  const asked = Array.from({ length: clients }, () => askUntil(at, endMs, '/'));
  const times = (await Promise.all(asked)).flat().toSorted((one, other) => one - other);
  await slow;
  const share = (part: number): number => times[Math.floor(part * (times.length - 1))] ?? 0;
  return {
    ...{ middleMs: share(0.5), p95Ms: share(0.95), worstMs: share(1) },
    perSecond: times.length / seconds,
  };
}

export async function run({ rounds, isAsked }: Terms): Promise<readonly Row[]> {
  const servers = contenders({ port, module: 'mixed', threads: 1 }).filter(({ name }) =>
    isAsked(name),
  );
  const seen = await inDirectory({ 'mixed.py': application }, (directory) =>
    whileAllServe(servers, directory, (pids) =>
      inTurn(
        servers.filter(({ name }) => pids.has(name)),
        rounds,
        (server) => waits(server.port),
      ),
    ),
  );
  const row = (what: string, of: (waits: Waits) => number): Row => ({
    ...{ part: 'fairness', what: `quick beside slow: ${what}`, unit: 'ms', better: 'less' },
    figures: Object.fromEntries([...seen].map(([{ name }, all]) => [name, figureOf(all.map(of))])),
  });
  const asUwsgi: PerServer<number> = { uwsgi: 1 };
  return [
    row('middle', ({ middleMs }) => middleMs),
    { ...row('p95', ({ p95Ms }) => p95Ms), goals: asUwsgi },
    { ...row('longest', ({ worstMs }) => worstMs), goals: asUwsgi },
    { ...row('answers', ({ perSecond }) => perSecond), unit: 'requests/s', better: 'more' },
  ];
}
