/**
 * What quick requests wait while slow ones run: 2 processes × 1 thread, a request of 2 s one after
 * another, and 8 keep-alive clients that ask quick ones. Each server in turn, in one run.
 *
 * `fairness.ts [seconds]`: how long each is asked (default 6).
 */
import { connect } from 'node:net';

import { contenders, inDirectory, isHere, print, whileServing } from './contest.ts';
import type { Contender } from './contest.ts';

const port = 18_992;
const clients = 8;
const seconds = Number(process.argv[2] ?? '6');

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
function askUntil(endMs: number, target: string): Promise<readonly number[]> {
  return new Promise((done) => {
    const times: number[] = [];
    let [text, sentAtMs] = ['', 0];
    const socket = connect(port, '127.0.0.1');
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

async function row(contender: Contender, directory: string): Promise<readonly string[]> {
  if (!isHere(contender)) return [contender.name, 'missing'];
  return whileServing(contender, directory, port, async () => {
    await askUntil(performance.now() + 500, '/'); // Everything has been loaded once.
    const endMs = performance.now() + seconds * 1000;
    const slow = askUntil(endMs, '/slow');
    const asked = Array.from({ length: clients }, () => askUntil(endMs, '/'));
    const times = (await Promise.all(asked)).flat().toSorted((one, other) => one - other);
    const slowOnes = (await slow).length;
    const share = (part: number): string =>
      `${(times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(1)} ms`;
    const quick = String(times.length);
    return [contender.name, String(slowOnes), quick, share(0.5), share(0.95), share(1)];
  });
}

await inDirectory({ 'mixed.py': application }, async (directory) => {
  const rows = [];
  for (const contender of contenders({ port, module: 'mixed', threads: 1 })) {
    rows.push(await row(contender, directory));
  }
  print(['server', 'slow', 'quick', 'p50', 'p95', 'max'], rows);
});
