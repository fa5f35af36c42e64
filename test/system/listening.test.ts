/** Listeners as the machine and their clients see them: addresses, backlog, unix sockets. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import net from 'node:net';

import { Daemon } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import { story } from '../support/place.ts';
import { isListening } from '../support/sockets.ts';

story('several at once: each kind of address, each said with its protocol', async (place) => {
  const [second, third] = [await place.anotherPort(), await place.anotherPort()];
  const name = `@reeve-test-${place.port}`;
  const daemon = await place.start({
    app: 'hello',
    ini:
      `http-socket = [::1]:${second}\nhttp11-socket = :${third}\nsocket = ${name}\n` +
      `protocol = http\nuwsgi-socket = ${place.path('u.sock')}\nvacuum = true`,
  });
  assert.equal((await daemon.get('/')).text, 'hello');
  assert.equal((await request({ port: third }, '/')).text, 'hello');
  assert.equal((await request({ path: `\0${name.slice(1)}` }, '/')).text, 'hello');
  const six = net.connect({ port: second, host: '::1' });
  let text = '';
  six.on('data', (piece: Buffer) => (text += piece.toString()));
  six.write('GET / HTTP/1.0\r\n\r\n');
  await once(six, 'close');
  assert.match(text, /hello$/);
  for (const line of [
    `http-socket = \\[::1\\]:${second}: HTTP/1\\.1, served by the gateway`,
    `http11-socket = :${third}: HTTP/1\\.1, served by the gateway`,
    `socket = ${name}: HTTP/1\\.1, served by the gateway`,
    'uwsgi-socket = .*u\\.sock: the uwsgi protocol, served by the gateway',
  ]) {
    assert.equal(daemon.timesSaid(new RegExp(`listener\\.bound .*\\(${line}`)), 1, line);
  }
});

story('listen is the backlog that the kernel has, before and after a reload', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'listen = 77' });
  assert.equal(await backlogOf(), 77);
  daemon.writeIni('listen = 55');
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal(await backlogOf(), 55);

  /** `ss` shows the backlog of a listening socket in the column Send-Q. */
  async function backlogOf(): Promise<number> {
    const { output } = await place.run(['ss', '-Hltn', `sport = :${place.port}`]);
    return Number(output.trim().split(/\s+/)[2]);
  }
});

story(
  'a unix socket has its mode; one that is alive is not taken, a dead one is',
  async (place) => {
    const path = place.path('app.sock');
    const ini = `http-socket = ${path}\nchmod-socket = 660`;
    const first = await place.start({ app: 'hello', ini });
    assert.equal(statSync(path).mode & 0o777, 0o660);
    const second = await place.run([
      Daemon.binary,
      ...['--http-socket', path, '--wsgi-file', place.path('hello.py')],
    ]);
    assert.equal(second.code, 69, second.output);
    assert.match(second.output, /app\.sock/);
    assert.equal((await request({ path }, '/')).text, 'hello');
    process.kill(first.masterPid, 'SIGKILL');
    await first.exit;
    const third = await place.start({
      bare: true,
      ini: `${ini}\nwsgi-file = ${place.path('hello.py')}`,
    });
    assert.equal((await request({ path }, '/')).text, 'hello');
    assert.ok(!isListening(place.port));
    await third.stop();
  },
);
