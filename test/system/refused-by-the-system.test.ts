/** What the kernel refuses at a start: a sentence and an exit code, no stack, nothing left. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';

// The users of these tests may not search a virtual environment below /root.
process.env['REEVE_TEST_PYTHON'] = '/usr/bin/python3';

const skip = process.getuid?.() !== 0 && 'needs root';
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

async function endsWith(place: Place, code: number, daemon: Daemon): Promise<string> {
  assert.equal(await daemon.exitCode(), code, daemon.log());
  assert.doesNotMatch(daemon.log(), /^\s+at |fault of Reeve|E[A-Z]{4,}/m, 'words, and no stack');
  assert.equal(place.exists('left'), false);
  return daemon.log();
}

for (const named of [true, false]) {
  story(
    `a directory that uid may not enter, ${named ? 'by chdir' : 'where it is started'}: 77`,
    async (place) => {
      place.write('closed/inner/app.py', '');
      fs.chmodSync(place.path('closed'), 0o700);
      const inner = place.path('closed/inner');
      const words = [...Daemon.words(place), '--module', 'app', '--uid', 'www-data'];
      const daemon = await place.start({
        args: named ? [...words, '--chdir', inner] : words,
        cwd: named ? place.directory : inner,
        wait: 'exit',
      });
      const log = await endsWith(place, 77, daemon);
      assert.match(log, /closed\/inner.* cannot be entered by uid = www-data: not permitted; let/);
      if (!named) return;
      const checked = await place.run([Daemon.binary, 'check', ...words, '--chdir', inner]);
      const sentence = `www-data may not enter ${place.path('closed')} (of root, mode 0700), `;
      assert.ok(checked.output.includes(`${sentence}on the way to chdir = `), checked.output);
      const itself = [...words, '--chdir', place.path('closed')];
      const { output } = await place.run([Daemon.binary, 'check', ...itself]);
      assert.ok(output.includes(sentence), output);
    },
    { skip },
  );
}

story(
  'a full disk under the pidfile: 73, a sentence, and no pidfile is left',
  async (place) => {
    place.copyApplication('hello');
    fs.mkdirSync(place.path('full'));
    // A file system of one page in a mount namespace of its own, which goes with the shell.
    const script =
      'mount -t tmpfs -o size=4k none full && head -c 4096 /dev/zero > full/filler && ' +
      '"$@"; code=$?; echo "left: $(ls full)"; exit $code';
    const words = [...Daemon.words(place), '--module', 'hello', '--pidfile', 'full/app.pid'];
    const command = ['unshare', '-m', 'sh', '-c', script, 'sh', Daemon.binary, ...words];
    const { code, output } = await place.run(command);
    assert.match(output, /full\/app\.pid cannot be made or written: the disk is full; choose/);
    assert.match(output, /^left: filler$/m);
    assert.equal(code, 73);
  },
  { skip },
);

story(
  'who is not root and says uid and gid is told once, and gets a log that is made',
  async (place) => {
    fs.chmodSync(place.directory, 0o777);
    const daemon = await place.start({
      app: 'hello',
      ini: `uid = root\ngid = root\nlogto = ${place.path('app.log')}`,
      wrapper: asNobody,
      wait: 'nothing',
    });
    await daemon.answers('it serves', (answer) => answer.text === 'hello');
    const said = place.read('app.log').match(/.*(uid|gid).*/g) ?? [];
    assert.equal(said.length, 1, said.join('\n'));
    assert.match(said[0] ?? '', /uid and gid are ignored: only root can change that/);
  },
  { skip },
);

story(
  'chown-socket by one who is not root: 77, and no socket is left',
  async (place) => {
    fs.chmodSync(place.directory, 0o777);
    const daemon = await place.start({
      app: 'hello',
      ini: `http-socket = ${place.path('left')}\nchown-socket = root`,
      wrapper: asNobody,
      wait: 'exit',
    });
    const log = await endsWith(place, 77, daemon);
    assert.match(log, /chown-socket: the socket .* not permitted; leave chown-socket away/);
  },
  { skip },
);

for (const [option, what] of [
  ['pidfile', 'pidfile'],
  ['logto', 'log'],
  ['master-fifo', 'fifo'],
  ['http-socket', 'socket'],
]) {
  story(
    `${option} in a directory that is not ours: 77; in one that is not there: 73`,
    async (place) => {
      fs.mkdirSync(place.path('closed'), { mode: 0o755 });
      place.copyApplication('hello');
      const start = (path: string): Promise<Daemon> =>
        place.start({
          args: [...Daemon.words(place), '--module', 'hello', `--${option}`, place.path(path)],
          wrapper: asNobody,
          wait: 'exit',
        });
      const forbidden = await endsWith(place, 77, await start('closed/left'));
      assert.match(forbidden, new RegExp(`the ${what} .*not permitted; let this user write there`));
      const absent = await endsWith(place, 73, await start('nowhere/left'));
      assert.match(absent, /its directory does not exist; make its directory/);
    },
    { skip },
  );
}

story(
  'without /proc/sys, as under ProcSubset=pid, it serves all the same',
  async (place) => {
    const script = 'mount -t proc -o subset=pid proc /proc && test ! -e /proc/sys && exec "$@"';
    const wrapper = ['unshare', '--mount', 'sh', '-c', script, 'sh'];
    const daemon = await place.start({ app: 'hello', ini: 'listen = 100000', wrapper });
    assert.equal((await daemon.get('/')).status, 200);
  },
  { skip },
);
