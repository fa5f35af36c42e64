/**
 * What a command costs before it does anything, beside uWSGI: seconds of processor time (user and
 * system, the launcher included), the mean of many calls. REEVE_BENCH_BINARY names another reeve
 * than that of the checkout.
 */
import { spawnSync } from 'node:child_process';

import { inDirectory, isHere, print, reeve } from './contest.ts';
import type { Contender } from './contest.ts';

const calls = 20;
const program = process.env['REEVE_BENCH_BINARY'] ?? reeve;

const ini = '[uwsgi]\nhttp = 127.0.0.1:8000\nmodule = hello\nmaster = true\nprocesses = 2\n';
const contenders: readonly Contender[] = [
  { name: 'reeve --version', command: [program, '--version'] },
  { name: 'reeve check app.ini', command: [program, 'check', 'app.ini'] },
  { name: 'reeve --help', command: [program, '--help'] },
  { name: 'uwsgi --version', command: ['uwsgi', '--version'] },
];

/** `times` of the shell tells of itself in its first line, of what it waited for in the second. */
const script = `count=0
while [ $count -lt ${calls} ]; do "$@" >/dev/null 2>&1 || exit 1; count=$((count + 1)); done
times`;

function secondsPerCall(command: readonly string[], directory: string): number {
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', ...command], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command.join(' ')} has failed`);
  const ofChildren = stdout.trim().split('\n').at(-1) ?? '';
  const times = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce((sum, time) => sum + Number(time[1]) * 60 + Number(time[2]), 0) / calls;
}

await inDirectory({ 'app.ini': ini, 'hello.py': '' }, async (directory) => {
  const rows = contenders.map((contender) => [
    contender.name,
    isHere(contender) ? `${secondsPerCall(contender.command, directory).toFixed(3)} s` : 'missing',
  ]);
  print(['command', 'processor time'], rows);
});
