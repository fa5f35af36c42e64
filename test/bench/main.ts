/**
 * Measures Reeve beside its peers: `main.ts` everything, in some ten minutes, `main.ts kept memory`
 * two parts, `main.ts kept flask 16 reeve granian` what these words leave of one. Prints one table.
 *
 * `--quick` looks once and shortly; `--seconds=1` and `--rounds=3` are how long one load lasts and
 * how often; `--json=FILE` writes the record from which document.ts makes docs/performance.md.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';

import { environment, isHere } from './contest.ts';
import type { Terms } from './contest.ts';
import * as fairness from './fairness.ts';
import * as idle from './idle.ts';
import * as kept from './kept.ts';
import * as memory from './memory.ts';
import { watchOthers } from './processes.ts';
import * as reload from './reload.ts';
import { rounded, serverNames, textTable, troubles } from './report.ts';
import type { PartReport, Report } from './report.ts';
import { python, reeve } from './servers.ts';
import * as short from './short.ts';
import * as start from './start.ts';
import * as transfers from './transfers.ts';

const parts = { kept, short, transfers, fairness, reload, memory, idle, start };
/** Words that choose within a part: one of a kind leaves out the others of that kind. */
const choices: readonly (readonly string[])[] = [['hello', 'flask'], ['16', '64'], serverNames];

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
  },
  allowPositionals: true,
});
const known = [...Object.keys(parts), ...choices.flat()];
const unknown = positionals.filter((word) => !known.includes(word));
if (unknown.length > 0) {
  console.error(`what is ${unknown.join(', ')}? There are ${known.join(', ')}`);
  process.exit(64);
}
for (const program of ['wrk', 'nginx']) {
  if (!isHere({ command: [program] })) throw new Error(`${program} is missing`);
}

const terms: Terms = {
  seconds: Number(values.seconds ?? '1'),
  rounds: Number(values.rounds ?? (values.quick ? '1' : '3')),
  isQuick: values.quick,
  isAsked: (value) =>
    choices.every((kind) => {
      const said = positionals.filter((word) => kind.includes(word));
      return !kind.includes(String(value)) || said.length === 0 || said.includes(String(value));
    }),
};

function output(command: readonly string[]): string {
  const [program = '', ...args] = command;
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: environment });
  const text = `${stdout ?? ''}${stderr ?? ''}`;
  return /\d+\.\d+[\w.]*/.exec(text)?.[0] ?? 'missing';
}

function revision(): string {
  try {
    const words = ['-C', import.meta.dirname, 'describe', '--always', '--dirty'];
    return execFileSync('git', words, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown'; // No git, or no clone.
  }
}

async function measured(): Promise<readonly PartReport[]> {
  const asked = Object.entries(parts).filter(
    ([name]) => positionals.includes(name) || !positionals.some((word) => word in parts),
  );
  const reports: PartReport[] = [];
  for (const [name, { about, run }] of asked) {
    const [startMs, others] = [performance.now(), watchOthers()];
    console.error(`${new Date().toISOString().slice(11, 19)} ${name}`);
    const rows = await run(terms);
    const seconds = rounded((performance.now() - startMs) / 1000);
    const load = rounded(loadavg()[0] ?? 0);
    reports.push({ name, about, rows, others: rounded(others()), load, seconds });
  }
  return reports;
}

const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memory: `${(totalmem() / 1e9).toFixed(0)} GB`,
  kernel: release(),
  'load before': rounded(loadavg()[0] ?? 0),
};
const report: Report = {
  when: new Date().toISOString(),
  machine,
  versions: {
    Reeve: `${output([reeve, '--version'])} (${revision()})`,
    uWSGI: output(['uwsgi', '--version']),
    gunicorn: output(['gunicorn', '--version']),
    Granian: output(['granian', '--version']),
    Python: output([python, '--version']),
    nginx: output(['nginx', '-v']),
    wrk: output(['wrk', '-v']),
  },
  seconds: terms.seconds,
  rounds: terms.rounds,
  parts: await measured(),
};
console.log(textTable(report));
for (const line of troubles(report)) console.log(line);
const told = Object.entries({ ...report.machine, ...report.versions });
console.log(told.map(([name, value]) => `${name} ${value}`).join(', '));
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`written to ${values.json}`);
}
