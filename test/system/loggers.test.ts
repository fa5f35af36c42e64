/** Loggers and rotation: the log writer of the real daemon, with files, sockets and full disks. */

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';

import type { Daemon } from '../support/daemon.ts';
import { cannotMount, SmallDisk } from '../support/mounts.ts';
import { story, type Place } from '../support/place.ts';
import { isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** Serves, and says so only where the log of this story shows it. */
async function started(place: Place, ini: string, app = 'prints_lines'): Promise<Daemon> {
  const daemon = await place.start({ app, ini, wait: 'nothing' });
  await daemon.answers('it serves', ({ text }) => text === 'printed', { target: '/1?start' });
  return daemon;
}

function read(path: string): string {
  return fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
}

/** The files of a log, rotated ones first. */
function filesOf(place: Place, name: string): readonly string[] {
  const found = fs.readdirSync(place.directory).filter((each) => each.startsWith(name));
  return found
    .toSorted((a, b) => b.length - a.length || a.localeCompare(b))
    .map((each) => place.path(each));
}

story(
  'rotation loses no line and leaves none in two, through reloads and letters',
  async (place) => {
    const daemon = await started(
      place,
      `processes = 2\nlogto = ${place.path('app.log')}\nlog-maxsize = 8000\n` +
        `req-logger = file:${place.path('req.log')}\nmaster-fifo = ${place.path('fifo')}`,
    );
    const count = 400;
    for (let number = 0; number < count; number += 1) {
      const answer = await daemon.get(`/${number % 7 === 0 ? 3000 : 20}?n=${number}.`);
      assert.equal(answer.text, 'printed');
      if (number % 90 === 30) fs.writeFileSync(place.path('fifo'), 'L');
      if (number % 90 === 60) fs.writeFileSync(place.path('fifo'), 'l');
      if (number === 200) process.kill(daemon.masterPid, 'SIGHUP');
    }
    assert.equal((await daemon.stop()).code, 0);
    const server = filesOf(place, 'app.log').map(read);
    const requests = filesOf(place, 'req.log').map(read);
    assert.ok(server.length > 20, `${server.length} files`);
    for (const text of [...server, ...requests]) assert.ok(text === '' || text.endsWith('\n'));
    // The last lines of the master go to its file when the log writer has ended.
    for (const text of [...server.slice(0, -1), ...requests]) assert.ok(text.length <= 8000);
    const [printed, logged] = [server.join(''), requests.join('')];
    for (let number = 0; number < count; number += 1) {
      const word = `n=${number}. `;
      assert.equal(printed.split(`printed ${word}`).length, 2, word);
      assert.equal(logged.split(`?${word.trim()} =>`).length, 2, word);
    }
    assert.equal(printed.split(' end\n').length, count + 2);
    assert.match(printed, /log\.rotated file=.*: the log .* was rotated to .*app\.log\.\d+/);
    assert.equal(daemon.log(), '');
  },
);

story(
  'log-backupname and logfile-chmod are used, and touched files rotate and reopen',
  async (place) => {
    const daemon = await started(
      place,
      `logger = file:logfile=${place.path('app.log')},backupname=${place.path('old.log')}\n` +
        `touch-logrotate = ${place.path('rotate')}\ntouch-logreopen = ${place.path('reopen')}\n` +
        'logfile-chmod = 604',
    );
    await until('it is written', () => read(place.path('app.log')).includes('printed start'));
    place.write('rotate', '');
    await until('it is rotated', () => read(place.path('old.log')).includes('printed start'));
    const modeOf = (path: string): number => fs.statSync(path).mode & 0o777;
    await until('there is a new one', () => modeOf(place.path('app.log')) === 0o604);
    await daemon.get('/1?second');
    await until('the new one is used', () => read(place.path('app.log')).includes('second'));
    fs.renameSync(place.path('app.log'), place.path('moved.log'));
    place.write('reopen', '');
    await until('it is opened again', () => fs.existsSync(place.path('app.log')));
    await daemon.get('/1?third');
    await until('the third is there', () => read(place.path('app.log')).includes('third'));
    assert.ok(!read(place.path('moved.log')).includes('third'));
  },
);

story('routes, named loggers and encoders work together as real files use them', async (place) => {
  const daemon = await started(
    place,
    [
      `logger = default file:${place.path('default.log')}`,
      `logger = applogger file:${place.path('app.log')}`,
      'log-route = applogger printed',
      'log-route = default ^((?!printed).)*$',
      'log-encoder = json:default {"time":${unix}, "source":"uwsgi", "message":"${msg}"}',
      'log-encoder = format:applogger [${strftime:%%Y}] ${msg}',
      'log-encoder = nl',
      `req-logger = slow file:${place.path('slow.log')}`,
      `req-logger = file:${place.path('req.log')}`,
      'log-req-route = slow with-route',
      'log-format = "uri":"%(uri)", "status":%(status)',
      'log-req-encoder = format {"source":"req", ${msg}}',
    ].join('\n'),
  );
  await daemon.get('/1?with-route"\\');
  await until('it is routed', () => read(place.path('slow.log')).includes('with-route'));
  await daemon.stop();
  const records = read(place.path('default.log')).trimEnd().split('\n');
  for (const line of records) assert.equal(JSON.parse(line).source, 'uwsgi');
  assert.ok(records.some((line) => JSON.parse(line).message.includes('master info')));
  assert.match(
    read(place.path('app.log')),
    /^\[\d{4}\] printed start x end\n\[\d{4}\] printed with/,
  );
  assert.deepEqual(JSON.parse(read(place.path('slow.log'))), {
    ...{ source: 'req', uri: '/1?with-route"\\', status: 200 },
  });
  assert.match(read(place.path('req.log')), /^(\{"source":"req", "uri":"\/1\?start".*\}\n)+$/);
});

/** A receiver of UDP. */
async function receiver(): Promise<{ socket: Socket; port: number; heard: string[] }> {
  const socket = createSocket('udp4');
  const heard: string[] = [];
  socket.on('message', (message) => heard.push(String(message)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, port: socket.address().port, heard };
}

story('syslog by UDP has its form, a long line comes in several messages', async (place) => {
  const { socket, port, heard } = await receiver();
  try {
    const daemon = await started(
      place,
      `logger = rsyslog:127.0.0.1:${port},blog,134\nlogger = socket:127.0.0.1:${port},plain`,
    );
    const line = /^<134>\w{3} [ \d]\d \d\d:\d\d:\d\d blog: printed start x end$/;
    await until('it is heard', () => heard.some((message) => line.test(message)));
    await until('as it is', () => heard.includes('plainprinted start x end\n'));
    await daemon.get('/2500?long');
    const long = (): string =>
      heard
        .filter((message) => /blog: (printed long|x)/.test(message))
        .map((message) => message.replace(/^.*blog: /, ''))
        .join('');
    await until('all of it is heard', () => long().includes(' end'));
    assert.equal(long(), `printed long ${'x'.repeat(2500)} end`);
    assert.ok(heard.filter((each) => each.startsWith('<')).every((each) => each.length <= 1024));
  } finally {
    socket.close();
  }
});

/** The program, with its output into a pipe that nobody reads. */
const intoStoppedPipe = ['bash', '-c', 'exec "$0" "$@" > >(exec sleep 600) 2>&1'];

story('a logger that takes nothing holds up no print and no request', async (place) => {
  const daemon = await place.start({
    app: 'prints_lines',
    ini: `logger = stdio\nlogger = socket:${place.path('nobody.sock')}\nlogger = file:${place.path('app.log')}`,
    wrapper: intoStoppedPipe,
    wait: 'nothing',
  });
  let pids: readonly number[] = [];
  try {
    await daemon.answers('it serves', ({ text }) => text === 'printed', { target: '/1' });
    pids = daemon.processes().map(({ pid }) => pid);
    // More than pipe and queue hold together.
    for (let count = 0; count < 150; count += 1) {
      assert.equal((await daemon.get('/60000?big')).text, 'printed');
    }
    const log = place.path('app.log');
    await until('it is reported', () => /the logger stdio takes no lines/.test(read(log)));
    await until('that too', () => /nobody\.sock takes no lines \(nobody/.test(read(log)));
    await until('all is in the file', () => read(log).split('x end\n').length > 150);
    assert.equal((await daemon.stop()).code, 0);
  } finally {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL'); // The reader.
  }
});

story(
  'a full disk under log-maxsize costs lines, which are counted, and no request',
  async (place) => {
    using disk = new SmallDisk('size=256k');
    const log = `${disk.path}/app.log`;
    const all = (): string =>
      fs
        .readdirSync(disk.path)
        .filter((name) => name !== 'filler')
        .map((name) => read(`${disk.path}/${name}`))
        .join('');
    const backup = `log-backupname = ${disk.path}/old.log`;
    const daemon = await started(place, `logto = ${log}\nlog-maxsize = 20000\n${backup}`);
    fs.writeFileSync(`${disk.path}/filler`, Buffer.alloc(230_000));
    await until('the disk is full', async () => {
      assert.equal((await daemon.get('/9000?fill')).text, 'printed');
      return fs.statfsSync(disk.path).bavail === 0;
    });
    for (let count = 0; count < 20; count += 1) {
      assert.equal((await daemon.get('/9000?fill')).text, 'printed');
    }
    fs.rmSync(`${disk.path}/filler`);
    await until('lines are written again', async () => {
      await daemon.get('/10?after');
      return all().includes(' after ');
    });
    await until('what was lost is reported', () => /takes lines again; \d+ were lost/.test(all()));
    const lines = all().split('\n');
    for (const line of lines.filter((each) => each.includes(' after '))) {
      assert.match(line, /^printed after x{10} end$/);
    }
    await daemon.stop();
  },
  { skip: cannotMount },
);

story('a log writer that is killed is replaced, and its file goes on', async (place) => {
  const log = place.path('app.log');
  const daemon = await started(place, `logger = file:${log}`);
  const before = await daemon.pid('log');
  process.kill(before, 'SIGKILL');
  await until('there is another', () => daemon.withRole('log').some(({ pid }) => pid !== before));
  assert.equal((await daemon.get('/10?second')).text, 'printed');
  await until('it writes', () => read(log).includes('printed second'));
  assert.match(read(log), /the log writer has ended and is started again/);
});

story(
  'the reason of a start that fails is seen where it would be without loggers',
  async (place) => {
    const log = place.path('app.log');
    const daemon = await place.start({
      ini: `logger = file:${log}\nmodule = none_such\nmaster-fifo = ${place.directory}`,
      wait: 'exit',
    });
    assert.match(daemon.log(), /cannot be made: it exists and is not a fifo/);
    assert.match(read(log), /cannot be made: it exists and is not a fifo/);
  },
);

story(
  'files of loggers are opened as root and belong to the user, who cannot rotate everywhere',
  async (place) => {
    fs.mkdirSync(place.path('locked'), { mode: 0o755 });
    const log = place.path('locked/app.log');
    const daemon = await started(
      place,
      `uid = nobody\npython = /usr/bin/python3\nlogger = file:${log}\nlog-maxsize = 3000\nlogger = file:/no/such/directory/x`,
    );
    const { uid, mode } = fs.statSync(log);
    assert.notEqual(uid, 0);
    assert.equal(mode & 0o777, 0o640);
    for (let count = 0; count < 5; count += 1) await daemon.get(`/900?n=${count}.`);
    await until('it is reported', () => read(log).includes('app.log cannot be rotated: '));
    await until('lines go on', () => read(log).includes('printed n=4. '));
    await daemon.says(/the log \/no\/such\/directory\/x of a logger cannot be opened/);
  },
  { skip: process.getuid?.() !== 0 && 'needs root' },
);
