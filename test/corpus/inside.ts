/**
 * The first process of a sandbox: runs one server on one file, and prints what it saw of it as
 * JSON. `inside.ts REQUEST` reads a `Request` from that file.
 */

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { outputPath, writtenFiles } from './disk.ts';
import { Notes } from './notes.ts';
import type { Facts } from './notes.ts';
import { prepare } from './prepare.ts';
import type { Interpreter } from './prepare.ts';
import { masterOf, others, topPid } from './server-processes.ts';
import type { Scenario } from './scenario.ts';

export interface Request {
  readonly scenario: Scenario;
  readonly command: readonly string[];
  readonly interpreter: Interpreter;
  /** The command that judges the file before it is started; empty for none. */
  readonly check: readonly string[];
}

export interface Seen {
  readonly observations: Readonly<Record<string, string>>;
  /** What `reeve check --json` printed, and its exit code. */
  readonly check: { readonly code: number; readonly output: string };
  /** Standard output and error of the server, and its log files. */
  readonly output: string;
}

const startLimitMs = 60_000;
const reloadLimitMs = 40_000;
/** uWSGI begins a reload at once; what has not begun by then is no reload. */
const reactionMs = 8000;
/** So long a server that answers nothing is given to end. */
const quietMs = 2500;

const [requestPath = ''] = process.argv.slice(2);
const request: Request = JSON.parse(fs.readFileSync(requestPath, 'utf8'));
const { scenario } = request;
const isReeve = request.check.length > 0;
/** uWSGI may wait a minute for a worker that it has forgotten: it is not waited for. */
const stopLimitMs = isReeve ? 60_000 : 20_000;
prepare(scenario, request.interpreter);
const environment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/root',
  LANG: 'C.UTF-8',
  PYTHONDONTWRITEBYTECODE: '1',
  ...scenario.environment,
};
const check = judged();
fs.mkdirSync('/observed');
const notes = new Notes(scenario, isReeve, new Set(writtenFiles().keys()));
const { observations } = notes;
const output = fs.openSync(outputPath, 'a', 0o666);
const [program = '', ...words] = [...request.command, ...scenario.words];
const child = spawn(program, words, {
  cwd: '/srv',
  env: environment,
  stdio: ['ignore', output, output],
  detached: true,
});
await live();
const seen: Seen = { observations, check, output: notes.texts() };
fs.writeSync(1, JSON.stringify(seen));
process.exit(0);

function judged(): Seen['check'] {
  const [command = '', ...rest] = request.check;
  if (command === '') return { code: 0, output: '' };
  const options = { cwd: '/srv', env: environment, encoding: 'utf8' } as const;
  const run = spawnSync(command, [...rest, ...scenario.words], options);
  return { code: run.status ?? -1, output: run.stdout };
}

async function live(): Promise<void> {
  const facts = await started();
  if (facts === undefined && others().length === 0) return;
  if (facts !== undefined) {
    await notes.answers();
    notes.process(facts);
  }
  // Some are made a moment after the first answer.
  notes.sockets();
  notes.filesWhileItRuns();
  if (facts !== undefined) await reload(facts);
  await notes.workersOfUwsgi(facts);
  await stop(facts);
  notes.filesAfterTheStop();
}

function hasExited(): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Waits until it serves, has ended, or has had its time. */
async function started(): Promise<Facts | undefined> {
  const fromMs = performance.now();
  for (;;) {
    const { answer, facts } = await notes.firstAnswer();
    if (answer !== undefined) {
      observations['start'] = facts === undefined ? `answers ${answer.status}` : 'serves';
      if (scenario.options.includes('daemonize')) await hasEnded();
      observations['the command'] = hasExited() ? `ends with ${exitOfChild()}` : 'stays';
      return facts;
    }
    if (others().length === 0 && hasExited()) {
      observations['start'] = `ends with ${exitOfChild()}`;
      return undefined;
    }
    const limitMs = scenario.listeners.length === 0 ? quietMs : startLimitMs;
    if (performance.now() - fromMs > limitMs) {
      observations['start'] = 'runs and answers nothing';
      return undefined;
    }
    await pause(50);
  }
}

/** Gives the command a moment to end. */
async function hasEnded(): Promise<void> {
  for (let tries = 0; tries < 100 && !hasExited(); tries += 1) await pause(20);
}

function exitOfChild(): string {
  return String(child.exitCode ?? child.signalCode);
}

async function reload(facts: Facts): Promise<void> {
  const { touched } = scenario;
  const master = masterOf(facts.process.pid);
  if (touched === undefined) process.kill(master, 'SIGHUP');
  else touch(path.resolve(scenario.base, touched));
  const how = `reload by ${touched === undefined ? 'SIGHUP' : 'the touched file'}`;
  const fromMs = performance.now();
  while (performance.now() - fromMs < reloadLimitMs) {
    const { facts: now } = await notes.firstAnswer();
    if (now !== undefined && now.loaded !== facts.loaded) {
      observations[how] = 'loads the code again';
      const isSame = masterOf(now.process.pid) === master;
      observations['after the reload'] = isSame ? 'the same master' : 'another master';
      return;
    }
    if (others().length === 0) {
      observations[how] = 'ends';
      return;
    }
    if (now !== undefined && performance.now() - fromMs > reactionMs) break;
    await pause(100);
  }
  observations[how] = 'nothing changes';
}

function touch(file: string): void {
  // uWSGI compares whole seconds.
  const later = new Date(Date.now() + 2000);
  fs.utimesSync(file, later, later);
}

async function stop(facts: Facts | undefined): Promise<void> {
  if (topPid() === 0) return;
  const first = await signalled('SIGTERM', facts === undefined ? quietMs : stopLimitMs);
  observations['SIGTERM'] = first;
  if (!first.startsWith('ends')) observations['SIGINT'] = await signalled('SIGINT', stopLimitMs);
  if (others().length > 0) observations['after the signals'] = 'processes are left';
}

/** Sends it to the master, and says what comes of it. */
async function signalled(signal: 'SIGTERM' | 'SIGINT', limitMs: number): Promise<string> {
  const { facts: old } = await notes.firstAnswer();
  const master = topPid();
  if (master === 0) return 'nothing runs';
  process.kill(master, signal);
  const fromMs = performance.now();
  const passedMs = () => performance.now() - fromMs;
  while (passedMs() < limitMs) {
    if (others().length === 0) {
      await hasEnded();
      return `ends with ${exitOfChild()}`;
    }
    // uWSGI forgets a worker that it told to stop while it started, and waits for it a minute.
    if (passedMs() > 3000 && !isReeve && signal === 'SIGINT') killWorkers(master);
    const { facts: now } = old === undefined ? { facts: undefined } : await notes.firstAnswer();
    const isAgain = now !== undefined && now.loaded !== old?.loaded;
    if (isAgain && signal === 'SIGTERM') return 'loads the code again';
    if (now !== undefined && !isAgain && signal === 'SIGTERM' && passedMs() > reactionMs) break;
    await pause(50);
  }
  return 'goes on';
}

function killWorkers(master: number): void {
  for (const { pid } of others()) if (pid !== master) process.kill(pid, 'SIGKILL');
}
