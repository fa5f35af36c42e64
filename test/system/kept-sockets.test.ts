/** Listening sockets that systemd keeps over a restart or a crash (FileDescriptorStoreMax=). */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { clientsDuring } from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import { keepAliveClientsDuring } from '../support/keep-alive-clients.ts';
import { story, type Place } from '../support/place.ts';
import { family } from '../support/processes.ts';
import { ServiceManager } from '../support/service-manager.ts';
import { until } from '../support/until.ts';

const moving = 'disable-logging = true\nprocesses = 2\n';

story('a restart under load refuses nobody and loses no request', async (place) => {
  const manager = await ServiceManager.open(place);
  const start = () => place.start({ app: 'hello', ini: moving, wrapper: manager.starting() });
  const daemon = await start();
  await manager.keeps((names) => names.length === 1);
  await restartsUnderLoad(place, daemon, start);
  await manager.close();
});

story(
  'clients that keep their connections lose nothing in a restart or a reload',
  async (place) => {
    const manager = await ServiceManager.open(place);
    const start = () => place.start({ app: 'hello', ini: moving, wrapper: manager.starting() });
    let daemon = await start();
    await manager.keeps((names) => names.length === 1);
    const load = await keepAliveClientsDuring({ port: place.port }, 6, async () => {
      for (let times = 0; times < 2; times += 1) {
        await daemon.answers('it answers', ({ status }) => status === 200);
        await daemon.stop();
        daemon = await start();
      }
      daemon.writeIni(`${moving}queue-max = 1000`); // A changed gateway setting: a new gateway.
      assert.equal(await daemon.reload(), 'reloaded');
      await daemon.answers('it answers', ({ status }) => status === 200);
    });
    assert.deepEqual(load.failures, []);
    assert.ok(load.again > 0, 'no connection was used twice');
    await daemon.stop();
    await manager.close();
  },
);

story('a restart with a socket unit under load refuses nobody either', async (place) => {
  const manager = await ServiceManager.open(place, [`http=tcp4:${place.port}`]);
  const start = () =>
    place.start({
      app: 'hello',
      bare: true,
      ini: `module = hello:application\n${moving}`,
      wrapper: manager.starting(),
    });
  await restartsUnderLoad(place, await start(), start);
  await manager.close();
});

story(
  'a crash of the master refuses nobody: it cuts what was running, and no more',
  async (place) => {
    const manager = await ServiceManager.open(place);
    const start = () => place.start({ app: 'hello', ini: moving, wrapper: manager.starting() });
    let daemon = await start();
    await manager.keeps((names) => names.length === 1);
    const clients = 8;
    const load = await clientsDuring(place.port, clients, '/', async () => {
      const pids = family(daemon.masterPid).map((info) => info.pid);
      process.kill(daemon.masterPid, 'SIGKILL');
      await Daemon.gone(pids);
      daemon = await start();
    });
    assert.deepEqual(
      load.errors.filter((error) => error.includes('REFUSED')),
      [],
    );
    // Each client's request may be cut, and its next one meet a gateway whose workers have gone.
    assert.ok(load.failures().length <= 2 * clients, load.failures().join());
    assert.ok(load.answered > 0);
    await daemon.stop();
    await manager.close();
  },
);

story('what the ini asks for no more is closed, and taken out of the store', async (place) => {
  const manager = await ServiceManager.open(place);
  const other = await place.anotherPort();
  const wrapper = manager.starting();
  const first = await place.start({ app: 'hello', ini: `http = :${other}`, wrapper });
  await manager.keeps((names) => names.length === 2);
  await first.stop();
  const second = await place.start({ app: 'hello', wrapper: manager.starting() });
  await manager.keeps((names) => names.join() === `reeve-listener.127.0.0.1%3A${place.port}`);
  await second.says(
    new RegExp(`listener reeve-listener.*${other} that systemd kept is asked for no m`),
  );
  await assert.rejects(request({ port: other }, '/'), /REFUSED/);
  await second.stop();
  await manager.close();
});

story('a reload has new listeners kept, and old ones forgotten', async (place) => {
  const manager = await ServiceManager.open(place);
  const [one, two] = [place.path('one.sock'), place.path('two.sock')];
  const wrapper = manager.starting();
  const daemon = await place.start({ app: 'hello', ini: `http = ${one}`, wrapper });
  await manager.keeps((names) => names.length === 2);
  daemon.writeIni(`http = ${two}`);
  assert.equal(await daemon.reload(), 'reloaded');
  await manager.keeps((names) => names.length === 2 && names.some((name) => /two/.test(name)));
  await until('its file is gone', () => !fs.existsSync(one));
  await daemon.stop();
  await manager.close();
});

story('a unix socket that is kept stays in its place for those who come', async (place) => {
  const manager = await ServiceManager.open(place);
  const path = place.path('app.sock');
  const ini = `http = ${path}\nvacuum = true\nchmod-socket = 660`;
  const start = () => place.start({ app: 'hello', ini, wrapper: manager.starting() });
  const first = await start();
  await manager.keeps((names) => names.length === 2);
  const { ino: inode } = fs.statSync(path);
  await first.stop();
  assert.equal(fs.statSync(path).ino, inode);
  const waiting = request({ path }, '/');
  const second = await start();
  assert.equal((await waiting).status, 200);
  assert.equal(fs.statSync(path).ino, inode);
  assert.equal(fs.statSync(path).mode & 0o777, 0o660);
  // Without a store to keep it (a stop), vacuum is what it says.
  await manager.close();
  await second.stop();
  assert.ok(!fs.existsSync(path));
});

story('a unix socket whose file is gone is bound anew, and the kept one dropped', async (place) => {
  const manager = await ServiceManager.open(place);
  const path = place.path('app.sock');
  const start = () =>
    place.start({ app: 'hello', ini: `http = ${path}`, wrapper: manager.starting() });
  const first = await start();
  await manager.keeps((names) => names.length === 2);
  const [before] = manager.kept.filter((name) => name.includes('app.sock'));
  await first.stop();
  fs.unlinkSync(path);
  const second = await start();
  await second.says(/reeve-listener\.file.* has lost its file: it is closed/);
  assert.equal((await request({ path }, '/')).status, 200);
  await manager.keeps((names) => names.length === 2 && !names.includes(before ?? ''));
  await second.stop();
  await manager.close();
});

story('a port that the kernel chose is the same after a restart', async (place) => {
  const manager = await ServiceManager.open(place);
  const bound = /listening on (127\.0\.0\.1:\d+) \(http = 127\.0\.0\.1:0:/;
  const start = () =>
    place.start({ app: 'hello', ini: 'http = 127.0.0.1:0', wrapper: manager.starting() });
  const first = await start();
  const [, before] = await first.says(bound);
  await manager.keeps((names) => names.length === 2);
  await first.stop();
  const second = await start();
  assert.equal((await second.says(bound))[1], before);
  await second.stop();
  await manager.close();
});

story('sockets of a socket unit are not given to the store: they have a keeper', async (place) => {
  const manager = await ServiceManager.open(place, [`http-socket=path:${place.path('a.sock')}`]);
  const wrapper = manager.starting();
  const daemon = await place.start({ app: 'hello', wrapper });
  await manager.keeps((names) => names.length === 1 && /%3A/.test(names[0] ?? ''));
  await daemon.stop();
  await manager.close();
});

/** Three restarts, while clients with a connection per request come; none of them is failed. */
async function restartsUnderLoad(
  place: Place,
  first: Daemon,
  start: () => Promise<Daemon>,
): Promise<void> {
  let daemon = first;
  const load = await clientsDuring(place.port, 8, '/', async () => {
    for (let times = 0; times < 3; times += 1) {
      await daemon.stop();
      daemon = await start();
      await daemon.answers('it answers', ({ status }) => status === 200);
    }
  });
  assert.deepEqual(load.failures(), []);
  assert.ok(load.answered >= 8, `${load.answered} answered`);
  await daemon.stop();
}
