/** Point 4: what a reload reads again and applies, what it names, and what refuses it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';

import { clientsDuring } from '../support/clients.ts';
import { request } from '../support/http.ts';
import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import { isListening } from '../support/sockets.ts';
import { until } from '../support/until.ts';

story('processes and threads change at a reload, without a lost request', async (place) => {
  const daemon = await place.start({ app: 'describes_process', ini: 'processes = 1' });
  const load = await clientsDuring(place.port, 2, '/', async () => {
    daemon.writeIni('processes = 3\nthreads = 2');
    assert.equal(await daemon.reload(), 'reloaded');
    await until('there are three workers', () => daemon.workerPids().length === 3);
    daemon.writeIni('processes = 2\nthreads = 2');
    assert.equal(await daemon.reload(), 'reloaded');
    await until('there are two workers', () => daemon.workerPids().length === 2);
  });
  assert.deepEqual(load.failures(), []);
  assert.equal(JSON.parse((await daemon.get('/')).text).multithread, true);
});

story('a listener that is added serves, one that is removed is closed', async (place) => {
  const daemon = await place.start({ app: 'hello' });
  const port = await place.anotherPort();
  const load = await clientsDuring(place.port, 2, '/', async () => {
    daemon.writeIni(`http = 127.0.0.1:${port}`);
    const from = daemon.mark();
    assert.equal(await daemon.reload(), 'reloaded');
    assert.match(daemon.log(from), new RegExp(`listening on 127.0.0.1:${port} `));
    assert.doesNotMatch(daemon.log(from), new RegExp(`listening on 127.0.0.1:${place.port} `));
    assert.equal((await request({ port }, '/')).text, 'hello');
  });
  assert.deepEqual(load.failures(), []);
  daemon.writeIni('');
  assert.equal(await daemon.reload(), 'reloaded');
  await until('nobody listens on it', () => !isListening(port));
  assert.equal((await daemon.get('/')).text, 'hello');
});

story('a listener that cannot be opened refuses the reload', async (place) => {
  place.writeAnswering('one');
  const daemon = await place.start({ ini: 'module = app' });
  const port = await place.anotherPort();
  const other = net.createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  try {
    place.writeAnswering('two');
    daemon.writeIni(`module = app\nhttp = 127.0.0.1:${port}`);
    const from = daemon.mark();
    assert.equal(await daemon.reload(), 'failed');
    assert.match(daemon.log(from), new RegExp(`${port}`));
    assert.equal((await daemon.get('/')).text, 'one');
  } finally {
    other.close();
  }
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/')).text, 'two');
});

story('a file that cannot be read refuses the reload', async (place) => {
  place.writeAnswering('one');
  const daemon = await place.start({ ini: 'module = app' });
  place.writeAnswering('two');
  fs.renameSync(daemon.iniPath, `${daemon.iniPath}.away`);
  const from = daemon.mark();
  assert.equal(await daemon.reload(), 'failed');
  assert.match(daemon.log(from), /reeve\.ini/);
  assert.equal((await daemon.get('/')).text, 'one');
  fs.renameSync(`${daemon.iniPath}.away`, daemon.iniPath);
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/')).text, 'two');
});

story('a static-map that is added is served', async (place) => {
  place.write('static/page.txt', 'a page');
  const daemon = await place.start({ app: 'hello' });
  assert.equal((await daemon.get('/static/page.txt')).text, 'hello');
  const load = await clientsDuring(place.port, 2, '/', async () => {
    daemon.writeIni(`static-map = /static=${place.path('static')}`);
    assert.equal(await daemon.reload(), 'reloaded');
    await daemon.answers('the file is served', (answer) => answer.text === 'a page', {
      target: '/static/page.txt',
    });
  });
  assert.deepEqual(load.failures(), []);
});

story('what cannot change is named, and the rest is applied', async (place) => {
  place.writeAnswering('one');
  const daemon = await place.start({
    ini: `module = app\npidfile = ${place.path('one.pid')}\nvacuum = true`,
  });
  place.writeAnswering('two');
  const others = 'vacuum = false\nlog-level = warning\npy-autoreload = 1';
  daemon.writeIni(`module = app\npidfile = ${place.path('two.pid')}\n${others}\nprocesses = 2`);
  const from = daemon.mark();
  assert.equal(await daemon.reload(), 'reloaded');
  for (const name of ['pidfile', 'vacuum', 'log-level', 'py-autoreload']) {
    assert.match(daemon.log(from), new RegExp(`${name} cannot change at a reload`));
  }
  assert.equal((await daemon.get('/')).text, 'two');
  await until('there are two workers', () => daemon.workerPids().length === 2);
});

story('titles change at a reload', async (place) => {
  const daemon = await place.start({ app: 'hello', ini: 'procname-prefix-spaced = old' });
  daemon.writeIni('procname-prefix-spaced = new');
  assert.equal(await daemon.reload(), 'reloaded');
  await until('every title is new', () => {
    const titles = daemon.titles();
    if (titles.every((title) => title.startsWith('new reeve '))) return true;
    throw new Error(titles.join(', '));
  });
});

for (const mode of ['rolling', 'stop-first']) {
  story(`reload-mode = ${mode}: the new code answers and nothing is lost`, async (place) => {
    place.writeAnswering('one');
    const ini = `module = app\nprocesses = 2\nreload-mode = ${mode}`;
    const daemon = await place.start({ ini });
    place.writeAnswering('two');
    const load = await clientsDuring(place.port, 2, '/', async () => {
      assert.equal(await daemon.reload(), 'reloaded');
      await daemon.answers('the new code answers', (answer) => answer.text === 'two');
    });
    assert.deepEqual(load.failures(), []);
    await until('the old generation has left', () => daemon.titles().length === 5);
  });
}

story('a reload that stopped the old workers first and fails says what serves', async (place) => {
  place.writeAnswering('one');
  const daemon = await place.start({ ini: 'module = app\nreload-mode = stop-first' });
  place.write('app.py', 'raise ValueError("broken")\n');
  const command = await place.run([Daemon.binary, 'reload', String(daemon.masterPid)]);
  assert.equal(command.code, 22, command.output);
  for (const said of [command.output, daemon.log()]) {
    assert.match(said, /broken.*the old generation has been stopped already: .*answered 503/);
    assert.doesNotMatch(said, /keeps serving/);
  }
  assert.equal((await daemon.get('/')).status, 503);
  place.writeAnswering('two');
  await daemon.answers('the mended code is tried again', ({ text }) => text === 'two');
});

story(
  'reload-mode = rolling: never more than one worker above the wanted number',
  async (place) => {
    place.writeAnswering('one');
    const daemon = await place.start({ ini: 'module = app\nprocesses = 3\nreload-mode = rolling' });
    let most = 0;
    const from = daemon.mark();
    process.kill(daemon.masterPid, 'SIGHUP');
    const outcome = daemon.reloadOutcome(from);
    let isOver = false;
    outcome.finally(() => (isOver = true)).catch(() => undefined);
    await until(
      'the reload is over',
      () => {
        most = Math.max(most, daemon.workerPids().length);
        return isOver;
      },
      { everyMs: 2 },
    );
    assert.equal(await outcome, 'reloaded');
    assert.ok(most <= 4, `${most} workers at once`);
  },
);

story(
  'reload-mode = stop-first: an application that holds a port at import reloads',
  async (place) => {
    const port = await place.anotherPort();
    const hold = `import socket\nheld = socket.create_server(("127.0.0.1", ${port}), reuse_port=False)\n`;
    place.writeAnswering('one', 'app.py', hold);
    const daemon = await place.start({
      ini: 'module = app\nreload-mode = stop-first\nprocesses = 2',
    });
    place.writeAnswering('two', 'app.py', hold);
    const load = await clientsDuring(place.port, 2, '/', async () => {
      assert.equal(await daemon.reload(), 'reloaded');
    });
    assert.deepEqual(load.failures(), []);
    assert.equal((await daemon.get('/')).text, 'two');
  },
);
