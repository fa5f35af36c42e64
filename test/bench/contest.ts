/** Shared by the measurements: the servers, started in turn, a look at their processes, a table. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export const reeve: string = resolve(import.meta.dirname, '../../dist/reeve');
export const python: string = process.env['REEVE_TEST_PYTHON'] ?? 'python3';
/** Where `make bench` installs the peers that come from PyPI; looked in before PATH. */
const peers = resolve(import.meta.dirname, '../../.venv-bench/bin');

export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
}

/** A directory with the application, which is gone when `measure` has ended. */
export async function inDirectory(
  files: Readonly<Record<string, string>>,
  measure: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-bench-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    await measure(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether its program can be started here. */
export function isHere({ command: [program = ''] }: Contender): boolean {
  return (
    existsSync(program) || spawnSync('sh', ['-c', `command -v ${program}`], { env }).status === 0
  );
}

export interface Hosted {
  readonly port: number;
  /** A Python module in the directory; its callable is `application`. */
  readonly module: string;
  readonly threads: number;
}

/** The options of uWSGI that Reeve takes as well. */
function words({ module, threads }: Hosted): readonly string[] {
  const pool = ['--master', '--processes', '2', '--threads', String(threads)];
  return ['--module', module, ...pool, '--disable-logging'];
}

/** uWSGI with two processes behind its router of HTTP, and with more flags. */
export function uwsgi(hosted: Hosted, ...flags: readonly string[]): Contender {
  const at = ['--http', `127.0.0.1:${hosted.port}`, '--die-on-term'];
  const command = ['uwsgi', ...at, ...flags, ...words(hosted)];
  return { name: ['uwsgi --http', ...flags].join(' '), command };
}

/** Reeve and its peers, each with two processes, keep-alive connections and no request lines. */
export function contenders(hosted: Hosted): readonly Contender[] {
  const { port, module, threads } = hosted;
  const at = `127.0.0.1:${port}`;
  const count = String(threads);
  const target = `${module}:application`;
  const gunicorn = ['-b', at, '-w', '2', '-k', 'gthread', '--threads', count, '--keep-alive', '60'];
  const granian = ['--interface', 'wsgi', '--port', String(port), '--workers', '2'];
  const pool = ['--blocking-threads', count, '--no-access-log'];
  return [
    { name: 'reeve', command: [reeve, '--python', python, '--http', at, ...words(hosted)] },
    uwsgi(hosted, '--http-keepalive'),
    { name: 'gunicorn gthread', command: ['gunicorn', ...gunicorn, target] },
    { name: 'granian', command: ['granian', ...granian, ...pool, target] },
  ];
}

const env = { ...process.env, PATH: [peers, process.env['PATH']].join(delimiter) };

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
  const server = spawn(program, args, { cwd: directory, stdio: 'ignore', detached: true, env });
  try {
    await answering(server, contender.name, port);
    return await look(server.pid ?? 0);
  } finally {
    await end(server);
  }
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

/** A process and all that descend from it. */
export function family(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(statOf(Number(name))[1]));
  }
  const isBelow = (each: number | undefined): boolean =>
    each !== undefined && each > 1 && (each === pid || isBelow(parents.get(each)));
  return [...parents.keys()].filter((each) => isBelow(each));
}

/** Proportional set sizes of the processes in bytes; those that have ended are left out. */
export function pssOf(pids: readonly number[]): readonly number[] {
  const sizes = pids.map((pid) => /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1]);
  return sizes.map((size) => Number(size ?? 0) * 1024).filter((size) => size > 0);
}

/** Seconds of processor time that each process has used, by its title. */
export function processorSeconds(pids: readonly number[]): ReadonlyMap<string, number> {
  const ticksPerSecond = 100;
  return new Map(
    pids.map((pid) => {
      const fields = statOf(pid);
      const title = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 40);
      return [
        `${pid} ${title}`,
        (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond,
      ];
    }),
  );
}

/** The fields of /proc/PID/stat behind the name: the state is the first. */
function statOf(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // The process has ended meanwhile.
  }
}

/** Prints rows of cells, aligned, the head first. */
export function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...table.map((each) => (each[column] ?? '').length)),
  );
  const lines = table.map((each) =>
    each
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  console.log(lines.join('\n'));
}
