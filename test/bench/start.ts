/**
 * What a start costs. The time from the start of a server until it answers: two processes, hello
 * WSGI, the middle of several starts. Then the processor time of commands (user and system,
 * the launcher included), the mean of many calls of a Reeve that is installed as by a package, in a
 * directory of its own.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { environment, inDirectory, inTurn, isHere, whileServing } from './contest.ts';
import type { Terms } from './contest.ts';
import { applicationFiles, moduleOf } from './load.ts';
import { figureOf } from './report.ts';
import type { Figure, Row } from './report.ts';
import { contenders } from './servers.ts';

const calls = 20;
const port = 18_880;

export const about =
  'From the start to the first response (hello, 2 processes × 2 threads), and the processor time ' +
  'of commands.';

const ini = '[uwsgi]\nhttp = 127.0.0.1:8000\nmodule = hello\nmaster = true\nprocesses = 2\n';

/** `times` of the shell tells of itself in its first line, of what it waited for in the second. */
const script = `count=0
while [ $count -lt ${calls} ]; do "$@" >/dev/null 2>&1 || exit 1; count=$((count + 1)); done
times`;

/** Returns its command, which looks for the code where a package has it, and shall find ours. */
function install(directory: string): string {
  const checkout = resolve(import.meta.dirname, '../..');
  const words = ['--silent', '-C', checkout, 'install', `DESTDIR=${directory}`, 'PREFIX=/usr'];
  execFileSync('make', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const command = join(directory, 'usr/bin/reeve');
  const text = readFileSync(command, 'utf8');
  writeFileSync(command, text.replace('=/usr/lib/reeve', `=${directory}/usr/lib/reeve`));
  return command;
}

function msPerCall(command: readonly string[], directory: string): Figure {
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', ...command], {
    cwd: directory,
    encoding: 'utf8',
    env: environment,
  });
  if (status !== 0) throw new Error(`${command.join(' ')} has failed`);
  const ofChildren = stdout.trim().split('\n').at(-1) ?? '';
  const times = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)];
  const seconds = times.reduce((sum, time) => sum + Number(time[1]) * 60 + Number(time[2]), 0);
  return figureOf([(seconds * 1000) / calls]);
}

export async function run({ rounds, isQuick, isAsked }: Terms): Promise<readonly Row[]> {
  const row = { part: 'start', better: 'less', unit: 'ms' } as const;
  const files = { ...applicationFiles, 'app.ini': ini };
  return inDirectory(files, async (directory) => {
    const servers = contenders({ port, module: moduleOf('hello'), threads: 2 });
    const here = servers.filter((server) => isAsked(server.name) && isHere(server));
    const seen = await inTurn(here, rounds, async (server) => {
      const beginMs = performance.now();
      const nowMs = (): Promise<number> => Promise.resolve(performance.now());
      return (await whileServing(server, directory, server.port, nowMs)) - beginMs;
    });
    const starts = Object.fromEntries([...seen].map(([{ name }, all]) => [name, figureOf(all)]));
    const untilAnswer: Row = { ...row, what: 'start until the first response', figures: starts };
    if (isQuick) return [untilAnswer];
    const program = install(directory);
    const ours = (...args: readonly string[]): Figure => msPerCall([program, ...args], directory);
    const uwsgi = msPerCall(['uwsgi', '--version'], directory);
    const unit = 'ms processor';
    return [
      untilAnswer,
      { ...row, unit, what: '--version', figures: { reeve: ours('--version'), uwsgi } },
      { ...row, unit, what: 'check app.ini', figures: { reeve: ours('check', 'app.ini') } },
      { ...row, unit, what: '--help', figures: { reeve: ours('--help') } },
    ];
  });
}
