/**
 * How a reload feels to clients, beside uWSGI: failed requests, the longest time in which nobody
 * got an answer, and whether workers still share the application's memory afterwards.
 *
 * Eight clients open a connection per request; the application imports in 1.5 s and holds 50 MB; a
 * reload comes every four seconds, four times. All on loopback, one server after the other.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const clients = 8;
const reloads = 4;
const reloadEveryMs = 4_000;
const port = 18_990;
const reeve = resolve(import.meta.dirname, '../../dist/reeve');

const application = `
import time
time.sleep(1.5)
DATA = bytearray(b'x') * 50_000_000
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '3')])
    return [b'ok\\n']
`;

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly reload: (pid: number) => void;
}

interface Outcome {
  readonly answered: number;
  readonly failed: number;
  readonly longestGapMs: number;
  readonly workers: number;
  readonly pssMegabytes: number;
}

const directory = mkdtempSync(join(tmpdir(), 'reeve-bench-'));
const fifo = join(directory, 'fifo');
const common = ['--module', 'slow_import', '--master', '--processes', '2', '--disable-logging'];
const uwsgi = ['uwsgi', '--plugin', 'python3', '--http-socket', `127.0.0.1:${port}`, ...common];
const hangUp = (pid: number): void => void process.kill(pid, 'SIGHUP');
const contenders: readonly Contender[] = [
  { name: 'reeve', command: [reeve, '--http', `127.0.0.1:${port}`, ...common], reload: hangUp },
  {
    name: 'reeve lazy-apps',
    command: [reeve, '--http', `127.0.0.1:${port}`, ...common, '--lazy-apps'],
    reload: hangUp,
  },
  { name: 'uwsgi', command: [...uwsgi, '--need-app', '--die-on-term'], reload: hangUp },
  {
    name: 'uwsgi lazy-apps, chain reload',
    command: [...uwsgi, '--die-on-term', '--lazy-apps', '--master-fifo', fifo],
    reload: () => writeFileSync(fifo, 'c'),
  },
];

async function row(contender: Contender): Promise<readonly string[]> {
  const isHere = existsSync(contender.command[0] ?? '') || isOnPath(contender.command[0] ?? '');
  if (!isHere) return [contender.name, 'missing', '', '', '', ''];
  const { answered, failed, longestGapMs, workers, pssMegabytes } = await measure(contender);
  const pss = `${pssMegabytes.toFixed(0)} MB in ${workers}`;
  return [contender.name, String(answered), String(failed), `${longestGapMs.toFixed(0)} ms`, pss];
}

function isOnPath(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

async function measure(contender: Contender): Promise<Outcome> {
  const [command = '', ...args] = contender.command;
  const server = spawn(command, args, { cwd: directory, stdio: 'ignore', detached: true });
  try {
    await answering(server);
    const load = new Load();
    const loops = Array.from({ length: clients }, () => load.run());
    for (let count = 0; count < reloads; count += 1) {
      await wait(reloadEveryMs / 2);
      contender.reload(server.pid ?? 0);
      await wait(reloadEveryMs / 2);
    }
    await wait(3_000);
    load.isOver = true;
    await Promise.all(loops);
    const sizes = descendants(server.pid ?? 0)
      .map(pssOf)
      .filter((size) => size > 0);
    const pssMegabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
    return { ...load.result(), workers: sizes.length, pssMegabytes };
  } finally {
    await end(server);
  }
}

class Load {
  isOver = false;
  #answered = 0;
  #failed = 0;
  #lastAnswerAtMs = performance.now();
  #longestGapMs = 0;

  async run(): Promise<void> {
    while (!this.isOver) {
      if (await isAnswered()) {
        const nowMs = performance.now();
        this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastAnswerAtMs);
        this.#lastAnswerAtMs = nowMs;
        this.#answered += 1;
      } else {
        this.#failed += 1;
        await wait(5);
      }
    }
  }

  result(): Pick<Outcome, 'answered' | 'failed' | 'longestGapMs'> {
    return { answered: this.#answered, failed: this.#failed, longestGapMs: this.#longestGapMs };
  }
}

/** One request on a connection of its own; true for a whole answer. */
function isAnswered(): Promise<boolean> {
  return new Promise((done) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n'),
    );
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on('data', (bytes) => (text += bytes.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => done(/^HTTP\/1\.[01] 200/.test(text) && text.endsWith('ok\n')));
  });
}

async function answering(server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (server.exitCode !== null) throw new Error('the server ended before it answered');
    if (await isAnswered()) return;
    await wait(50);
  }
  throw new Error('the server does not answer');
}

function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]));
  }
  const isBelow = (each: number | undefined): boolean =>
    each !== undefined && each > 1 && (each === pid || isBelow(parents.get(each)));
  return [...parents.keys()].filter((each) => isBelow(each));
}

function pssOf(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  return Number(match?.[1] ?? 0) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process has ended meanwhile.
    return '';
  }
}

async function end(server: ChildProcess): Promise<void> {
  const pids = descendants(server.pid ?? 0);
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

function print(rows: readonly (readonly string[])[]): void {
  const head = ['server', 'answered', 'failed', 'longest gap', 'PSS of all processes'];
  const table = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...table.map((each) => (each[column] ?? '').length)),
  );
  const lines = table.map((each) =>
    each.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '),
  );
  console.log(lines.join('\n'));
}

try {
  writeFileSync(join(directory, 'slow_import.py'), application);
  const rows = [];
  for (const contender of contenders) rows.push(await row(contender));
  print(rows);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
