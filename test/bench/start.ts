/**
 * What a start costs. First the time from the start of a server until it answers a request, beside
 * the peers: two processes, hello WSGI, the middle of several starts. Then the processor time of
 * commands (user and system, the launcher included), the mean of many calls of a Reeve that is
 * installed as by a package, in a directory of its own.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { contenders, inDirectory, isHere, print, whileServing } from './contest.ts';
import type { Contender } from './contest.ts';

const calls = 20;
const starts = 5;
const port = 18_995;

const application = `
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '6')])
    return [b'hello\\n']
`;
const ini = '[uwsgi]\nhttp = 127.0.0.1:8000\nmodule = hello\nmaster = true\nprocesses = 2\n';
const contendersWith = (program: string): readonly Contender[] => [
  { name: 'reeve --version', command: [program, '--version'] },
  { name: 'reeve check app.ini', command: [program, 'check', 'app.ini'] },
  { name: 'reeve --help', command: [program, '--help'] },
  { name: 'uwsgi --version', command: ['uwsgi', '--version'] },
];

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

/** Milliseconds until the server answers: the middle of several starts. */
async function startMs(contender: Contender, directory: string): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < starts; count += 1) {
    const beginMs = performance.now();
    const nowMs = (): Promise<number> => Promise.resolve(performance.now());
    times.push((await whileServing(contender, directory, port, nowMs)) - beginMs);
  }
  return times.toSorted((one, other) => one - other)[Math.floor(starts / 2)] ?? 0;
}

await inDirectory({ 'app.ini': ini, 'hello.py': application }, async (directory) => {
  const servers: string[][] = [];
  for (const contender of contenders({ port, module: 'hello', threads: 2 })) {
    const time = isHere(contender)
      ? `${(await startMs(contender, directory)).toFixed(0)} ms`
      : 'missing';
    servers.push([contender.name, time]);
  }
  print(['server', 'until it answers'], servers);
  const rows = contendersWith(install(directory)).map((contender) => [
    contender.name,
    isHere(contender) ? `${secondsPerCall(contender.command, directory).toFixed(3)} s` : 'missing',
  ]);
  print(['command', 'processor time'], rows);
});
