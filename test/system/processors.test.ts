/** What the processes are to the scheduler, and how many files they may open: as /proc shows it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { story } from '../support/place.ts';
import { family } from '../support/processes.ts';

/** The nice value, field 19 of /proc/PID/stat; the second field may have blanks. */
function niceOf(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ');
  return Number(rest.split(' ')[16]);
}

function lineOf(pid: number, file: 'status' | 'limits', name: string): string {
  const text = readFileSync(`/proc/${pid}/${file}`, 'latin1');
  return new RegExp(`^${name}[:\\s]+(.*)$`, 'm').exec(text)?.[1] ?? '';
}

story('prio and max-fd are those of every process, cpu-affinity of each worker', async (place) => {
  const ini = 'processes = 3\ncpu-affinity = 1\nprio = 5\nmax-fd = 3000';
  const daemon = await place.start({ app: 'hello', ini });
  const all = family(daemon.masterPid);
  assert.ok(all.length >= 6, 'master, gateway, spawner and three workers');
  for (const { pid, title } of all) {
    assert.equal(niceOf(pid), 5, title);
    const [soft = '0'] = lineOf(pid, 'limits', 'Max open files').split(' ');
    // The gateway has a descriptor for each client, and uses all that it may.
    if (title.includes('http')) assert.ok(Number(soft) >= 3000, soft);
    else assert.equal(soft, '3000', title);
  }
  const processors = availableParallelism();
  const told = [1, 2, 3].map((slot) => {
    const line = new RegExp(`mapping worker ${slot} to CPUs: (\\d+)`).exec(daemon.log());
    return line?.[1] ?? '';
  });
  const workers = all.filter(({ title }) => title.includes('worker'));
  const allowed = workers.map(({ pid }) => lineOf(pid, 'status', 'Cpus_allowed_list'));
  assert.deepEqual(allowed.toSorted(), told.toSorted());
  assert.equal(new Set(told).size, Math.min(3, processors));
  const others = all.filter((each) => !workers.includes(each));
  const master = lineOf(process.pid, 'status', 'Cpus_allowed_list');
  for (const { pid } of others) assert.equal(lineOf(pid, 'status', 'Cpus_allowed_list'), master);
});
