/**
 * Memory beside the peers: the proportional set size of all processes, with two workers and hello
 * Flask, at rest (ten seconds after the start), right after a load of wrk, and half a minute later.
 * The servers are measured one after the other.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

import { contenders, family, inDirectory, isHere, print, pssOf, whileServing } from './contest.ts';

const port = 18_993;
const restMs = 10_000;
const laterMs = 30_000;

const application = `
from flask import Flask
application = Flask(__name__)
@application.route('/')
def hello():
    return 'hello\\n'
`;

function megabytes(pid: number): number {
  return pssOf(family(pid)).reduce((sum, size) => sum + size, 0) / 1e6;
}

await inDirectory({ 'hello.py': application }, async (directory) => {
  const rows: string[][] = [];
  for (const contender of contenders({ port, module: 'hello', threads: 1 })) {
    if (!isHere(contender)) {
      rows.push([contender.name, 'missing']);
      continue;
    }
    rows.push(
      await whileServing(contender, directory, port, async (pid) => {
        await wait(restMs);
        const idle = megabytes(pid);
        spawnSync('wrk', ['-t1', '-c16', '-d5s', `http://127.0.0.1:${port}/`]);
        const loaded = megabytes(pid);
        await wait(laterMs);
        const cells = [idle, loaded, megabytes(pid)].map((each) => `${each.toFixed(0)} MB`);
        return [contender.name, ...cells, String(family(pid).length)];
      }),
    );
  }
  print(['server', 'at rest', 'after a load', 'later', 'processes'], rows);
});
