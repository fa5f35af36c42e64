/**
 * Which files one request runs through: the second GET on a kept connection, from its first byte to
 * the record for the access log. The fewer, the sooner somebody has read them all.
 *
 * V8's precise coverage tells the functions that ran in the gateway, `sys.setprofile` those of the
 * worker. The daemon runs from the sources. Several requests are looked at, and what not all of
 * them ran (the master's ping, timers) does not count.
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { ask, inDirectory } from './contest.ts';

const port = 18_763;
const coveragePort = 18_764;
const looks = 5;
const root = resolve(import.meta.dirname, '../..');
const python = process.env['REEVE_TEST_PYTHON'] ?? '/usr/bin/python3';

const files = {
  // Every second request tells what the one before it ran.
  'walked.py': `
import sys
seen = set()
def note(frame, event, argument):
    seen.update(each.f_code.co_filename for each in (frame, frame.f_back or frame))
def application(environ, start_response):
    body = '\\n'.join(sorted(seen)).encode() or b'nothing'
    seen.clear()
    sys.setprofile(note)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [body]
`,
  // Loaded into the gateway: answers each connection with the files that ran since the last one.
  'coverage.mjs': `
import { Session } from 'node:inspector';
import { createServer } from 'node:net';
if (process.argv[1]?.endsWith('gateway/main.ts')) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  createServer((socket) => {
    session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      const ran = (coverage?.result ?? []).filter(({ functions }) =>
        functions.some((one) => one.functionName !== '' && one.ranges[0].count > 0));
      socket.end(ran.map(({ url }) => url).join('\\n'));
    });
  }).listen(${coveragePort}, '127.0.0.1').unref();
}
`,
};

if ((await ask(port)) !== undefined) throw new Error(`another server answers on port ${port}`);

await inDirectory(files, async (directory) => {
  const daemon = spawn(
    process.execPath,
    [
      ...[join(root, 'src/main.ts'), '--python', python, '--chdir', directory],
      ...['--http', `127.0.0.1:${port}`, '--module', 'walked:application', '--master'],
    ],
    {
      stdio: 'ignore',
      env: { ...process.env, NODE_OPTIONS: `--import=file://${directory}/coverage.mjs` },
    },
  );
  try {
    const kept = await connected(port);
    await get(kept);
    const gateway: ReadonlySet<string>[] = [];
    const worker: ReadonlySet<string>[] = [];
    for (let look = 0; look < looks; look += 1) {
      await coverage();
      await get(kept);
      await wait(50); // Until the record for the access log is written.
      gateway.push(await coverage());
      worker.push(new Set((await get(kept)).split('\n')));
    }
    kept.destroy();
    const inGateway = ours(inAll(gateway));
    const inWorker = ours(inAll(worker));
    // The system is asked whether the log has room for it.
    const isLine = (name: string): boolean =>
      /^log\/(?!access-log)|^base\/(descriptors|foreign-functions|libc)\.ts$/.test(name);
    const line = inGateway.filter(isLine);
    const request = inGateway.filter((name) => !isLine(name));
    console.log([...request, ...inWorker].join('\n'));
    console.log(`${request.length} files of TypeScript and ${inWorker.length} of Python`);
    console.log(`\nits line in the log, beside these: ${line.join(', ')}`);
  } finally {
    const ended = new Promise((done) => daemon.once('exit', done));
    daemon.kill('SIGTERM');
    await ended;
  }
});

function inAll(sets: readonly ReadonlySet<string>[]): readonly string[] {
  return [...(sets[0] ?? [])].filter((name) => sets.every((set) => set.has(name)));
}

/** The project's own files, without the way to them, in their order. */
function ours(names: readonly string[]): readonly string[] {
  return names
    .flatMap((name) => /\/(?:src|reeve_worker)\/(.*)$/.exec(name)?.[1] ?? [])
    .map((name) => name.replace('workers/python/', ''))
    .toSorted();
}

async function connected(to: number): Promise<Socket> {
  for (let tries = 0; tries < 300; tries += 1) {
    const socket = connect(to, '127.0.0.1');
    const isThere = await new Promise<boolean>((done) => {
      socket.once('connect', () => done(true));
      socket.once('error', () => done(false));
    });
    if (isThere) return socket;
    await wait(50);
  }
  throw new Error(`nothing listens on port ${to}: did the daemon start?`);
}

/** The body of the answer to one GET. */
function get(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: walk\r\n\r\n');
  return new Promise((done, failed) => {
    const lost = (): void => failed(new Error('the daemon has closed the connection'));
    socket.once('close', lost);
    socket.once('data', (bytes) => {
      socket.off('close', lost);
      done(bytes.toString().split('\r\n\r\n')[1] ?? '');
    });
  });
}

/** The files whose functions ran in the gateway since this was last asked. */
async function coverage(): Promise<ReadonlySet<string>> {
  const socket = await connected(coveragePort);
  let text = '';
  for await (const bytes of socket) text += String(bytes);
  return new Set(text.split('\n'));
}
