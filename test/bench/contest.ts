/** Servers that are measured: started beside each other, asked, looked at, and ended. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { family } from './processes.ts';
import { aligned } from './report.ts';

/** Where `make bench` installs the peers that come from PyPI; looked in before PATH. */
const peers = resolve(import.meta.dirname, '../../.venv-bench/bin');
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [peers, process.env['PATH']].join(delimiter),
};

export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  /** Where it answers once it is up; given by those that serve at different places. */
  readonly port?: number;
}

/** What each measurement is told. */
export interface Terms {
  /** How long one load lasts. */
  readonly seconds: number;
  readonly rounds: number;
  /** A look, not a measurement: waits are cut short, crowds are small. */
  readonly isQuick: boolean;
  /** Whether this application, number of connections or server was asked for. */
  readonly isAsked: (value: string | number) => boolean;
}

/** A directory with the application, which is gone when `measure` has ended. */
export async function inDirectory<T>(
  files: Readonly<Record<string, string>>,
  measure: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-bench-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    return await measure(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether its program can be started here. */
export function isHere({ command: [program = ''] }: Pick<Contender, 'command'>): boolean {
  const look = ['-c', `command -v ${program}`];
  return existsSync(program) || spawnSync('sh', look, { env: environment }).status === 0;
}

/** Starts the server, lets `look` measure it once it answers on the port, and ends it. */
export async function whileServing<T>(
  contender: Contender,
  directory: string,
  port: number,
  look: (pid: number) => Promise<T>,
): Promise<T> {
  if ((await ask(port)) !== undefined) {
    throw new Error(`another server answers on port ${port}: end it first`);
  }
  const [program = '', ...args] = contender.command;
  const server = spawn(program, args, {
    ...{ cwd: directory, stdio: 'ignore', detached: true },
    env: environment,
  });
  try {
    await answering(server, contender.name, port);
    return await look(server.pid ?? 0);
  } finally {
    await end(server);
  }
}

/** Starts all that are here, each at its own port; `look` gets their pids by name. */
export async function whileAllServe<T>(
  contenders: readonly (Contender & { readonly port: number })[],
  directory: string,
  look: (pids: ReadonlyMap<string, number>) => Promise<T>,
): Promise<T> {
  const [first, ...others] = contenders.filter(isHere);
  if (first === undefined) return look(new Map());
  return whileServing(first, directory, first.port, async (pid) =>
    whileAllServe(others, directory, (pids) => look(new Map([[first.name, pid], ...pids]))),
  );
}

/** Each in turn, round after round: what was seen of each. A neighbour's noise meets all alike. */
export async function inTurn<Name, T>(
  names: Iterable<Name>,
  rounds: number,
  measure: (name: Name) => Promise<T> | T,
): Promise<ReadonlyMap<Name, readonly T[]>> {
  const seen = new Map<Name, T[]>([...names].map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const turns = [...seen];
    for (const [name, all] of round % 2 === 0 ? turns : turns.toReversed()) {
      all.push(await measure(name));
    }
  }
  return seen;
}

/** One request on a connection of its own; the answer, or undefined where there is no whole 200. */
export function ask(port: number, target = '/'): Promise<string | undefined> {
  return new Promise((done) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n`),
    );
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on('data', (bytes) => (text += bytes.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => done(/^HTTP\/1\.[01] 200/.test(text) ? text : undefined));
  });
}

async function answering(server: ChildProcess, name: string, port: number): Promise<void> {
  for (let tries = 0; tries < 1500; tries += 1) {
    if (server.exitCode !== null) throw new Error(`${name} ended before it answered`);
    if ((await ask(port)) !== undefined) return;
    await wait(10);
  }
  throw new Error(`${name} does not answer`);
}

async function end(server: ChildProcess): Promise<void> {
  const pids = family(server.pid ?? 0);
  server.kill('SIGTERM');
  for (let tries = 0; tries < 100 && server.exitCode === null; tries += 1) await wait(100);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Prints rows of cells, aligned, the head first. */
export function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(aligned([head, ...rows]).join('\n'));
}
