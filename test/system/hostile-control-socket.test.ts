/** Commands that ask a control socket in whose place the application's user has put another. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';

import { Daemon } from '../support/daemon.ts';
import { testPython } from '../support/interpreters.ts';
import { story, tellAtOnce } from '../support/place.ts';
import type { Place } from '../support/place.ts';

tellAtOnce(6);
// Named like a master, as far as a process can name itself.
fs.writeFileSync('/proc/self/comm', 'reeve');

interface Hostile {
  /** What it says that its pid is. */
  readonly pid: number;
  /** More fields of each answer. */
  readonly more?: object;
  /** Commands that it answers; it keeps the connection of the others. */
  readonly answers?: readonly string[];
}

/** Each command ends by itself, soon, with a sentence and no stack. */
async function commandsEnd(place: Place, hostile: Hostile, commands: readonly string[]) {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      const { command } = JSON.parse(bytes.toString());
      if (hostile.answers?.includes(command) === false) return;
      const instance = { name: 'blog', pid: hostile.pid, version: '0.1.0', files: [] };
      const answer = { ok: true, exitCode: 0, sentence: 'done', instance, ...hostile.more };
      socket.end(`${JSON.stringify(answer)}\n`);
    });
  });
  const path = place.path('control.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    const outputs = commands.map(async (command) => {
      const words = command.split(' ');
      const run = await place.run([Daemon.binary, ...words, path], { timeoutMs: 90_000 });
      assert.equal(run.code, 69, `${command}: ${run.code} after ${run.ms} ms: ${run.output}`);
      assert.doesNotMatch(run.output, /fault of Reeve|\n {4}at /);
      return run.output;
    });
    return (await Promise.all(outputs)).join('\n');
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const all = ['status', 'stop', 'reload', 'scale 2', 'log-level debug'];

story('one that says that it is another process is not believed', async (place) => {
  const output = await commandsEnd(place, { pid: 1 }, all);
  assert.match(output, /reeve \(pid \d+\) answers there, and says that it is pid 1/);
});

story('one whose answer has another shape is not believed', async (place) => {
  const hostile = { pid: process.pid, more: { status: null } };
  assert.match(await commandsEnd(place, hostile, all), /not Reeve.*status is wrong/);
  assert.match(await commandsEnd(place, { pid: process.pid }, ['status']), /status is missing/);
});

story('one that says it has stopped and goes on is not waited for', async (place) => {
  const stopped = await commandsEnd(place, { pid: process.pid }, ['stop']);
  assert.match(stopped, /its process \(pid \d+\) still runs 10 s later/);
});

story('one that answers nothing more is not waited for', async (place) => {
  const silent = { pid: process.pid, answers: ['hello'] };
  const output = await commandsEnd(place, silent, ['stop', 'status', 'log-level debug']);
  assert.match(output, /no answer in [0-9.]+ s/);
});

story('one that answers nothing at all is not waited for', async (place) => {
  const mute = { pid: process.pid, answers: [] };
  assert.match(await commandsEnd(place, mute, all), /no answer in [0-9.]+ s/);
});

/** Runs as another user, and says that it has read a file (arguments: its directory, the file). */
const impostor = `
import json, os, socket, sys
directory, file = sys.argv[1:]
with open('/proc/self/comm', 'w') as comm:
    comm.write('reeve')
os.chown(directory, 65534, 65534)
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
listener = socket.socket(socket.AF_UNIX)
listener.bind(directory + '/control.sock')
listener.listen()
print('listening', flush=True)
while True:
    asker = listener.accept()[0]
    asker.recv(65536)
    instance = {'name': 'blog', 'pid': os.getpid(), 'version': '0.1.0', 'files': [file]}
    answer = {'ok': True, 'exitCode': 0, 'sentence': 'done', 'instance': instance}
    asker.sendall(json.dumps(answer).encode() + b'\\n')
    asker.close()
`;

story(
  "another user's process that says it has read root's ini holds up no command for that ini",
  async (place) => {
    place.copyApplication('hello');
    const daemon = await place.start({ ini: 'wsgi-file = hello.py' });
    const directory = fs.mkdtempSync('/run/reeve/impostor-');
    const other = spawn(testPython(), ['-c', impostor, directory, daemon.iniPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(other.stdout, 'data');
      const run = await place.run([Daemon.binary, 'stop', daemon.iniPath], { timeoutMs: 90_000 });
      assert.equal(run.code, 0, run.output);
      assert.match(run.output, /has stopped/);
    } finally {
      other.kill('SIGKILL');
      fs.rmSync(directory, { recursive: true });
    }
  },
  { skip: process.getuid?.() !== 0 && 'needs root' },
);
