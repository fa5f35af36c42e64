/**
 * The effect of a reload on clients, beside the peers: failed requests, the longest time without an
 * answer, and whether workers still share the application's memory afterwards.
 *
 * Eight clients open a connection for each request; the application takes 1.5 s to import and holds
 * 50 MB; there are four reloads, four seconds apart, on loopback, one server after the other.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import {
  ask,
  contenders,
  family,
  inDirectory,
  isHere,
  print,
  pssOf,
  reeve,
  whileServing,
} from './contest.ts';
import type { Contender } from './contest.ts';

const clients = 8;
const reloads = 4;
const reloadEveryMs = 4_000;
const port = 18_990;

const application = `
import time
time.sleep(1.5)
DATA = bytearray(b'x') * 50_000_000
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '3')])
    return [b'ok\\n']
`;

interface Reloading extends Contender {
  readonly reload: (pid: number) => void;
}

function contendersIn(directory: string): readonly Reloading[] {
  const fifo = join(directory, 'fifo');
  const common = ['--module', 'slow_import', '--master', '--processes', '2', '--disable-logging'];
  const ours = [reeve, '--http', `127.0.0.1:${port}`, ...common];
  const uwsgi = ['uwsgi', '--plugin', 'python3', '--http-socket', `127.0.0.1:${port}`, ...common];
  const peers = contenders({ port, module: 'slow_import', threads: 1 });
  const others = peers.filter(({ name }) => /gunicorn|granian/.test(name));
  const hangUp = (pid: number): void => void process.kill(pid, 'SIGHUP');
  return [
    { name: 'reeve', command: ours, reload: hangUp },
    { name: 'reeve lazy-apps', command: [...ours, '--lazy-apps'], reload: hangUp },
    { name: 'uwsgi', command: [...uwsgi, '--need-app', '--die-on-term'], reload: hangUp },
    {
      name: 'uwsgi lazy-apps, chain reload',
      command: [...uwsgi, '--die-on-term', '--lazy-apps', '--master-fifo', fifo],
      reload: () => writeFileSync(fifo, 'c'),
    },
    ...others.map((other) => ({ ...other, reload: hangUp })),
  ];
}

async function row(contender: Reloading, directory: string): Promise<readonly string[]> {
  if (!isHere(contender)) return [contender.name, 'missing'];
  return whileServing(contender, directory, port, async (pid) => {
    const load = new Load();
    const loops = Array.from({ length: clients }, () => load.run());
    for (let count = 0; count < reloads; count += 1) {
      await wait(reloadEveryMs / 2);
      contender.reload(pid);
      await wait(reloadEveryMs / 2);
    }
    await wait(3_000);
    load.isOver = true;
    await Promise.all(loops);
    const sizes = pssOf(family(pid));
    const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
    const pss = `${megabytes.toFixed(0)} MB in ${sizes.length}`;
    const gap = `${load.longestGapMs.toFixed(0)} ms`;
    return [contender.name, String(load.answered), String(load.failed), gap, pss];
  });
}

class Load {
  isOver = false;
  answered = 0;
  failed = 0;
  longestGapMs = 0;
  #lastAnswerAtMs = performance.now();

  async run(): Promise<void> {
    while (!this.isOver) {
      const answer = await ask(port);
      if (answer?.endsWith('ok\n') === true) {
        const nowMs = performance.now();
        this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.#lastAnswerAtMs);
        this.#lastAnswerAtMs = nowMs;
        this.answered += 1;
      } else {
        this.failed += 1;
        await wait(5);
      }
    }
  }
}

await inDirectory({ 'slow_import.py': application }, async (directory) => {
  const rows = [];
  for (const contender of contendersIn(directory)) rows.push(await row(contender, directory));
  print(['server', 'answered', 'failed', 'longest gap', 'PSS of all processes'], rows);
});
