/** The stats server: who asks gets one JSON document, whatever others do. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';

import { Daemon } from '../support/daemon.ts';
import { clientsDuring } from '../support/clients.ts';
import { story } from '../support/place.ts';
import { freePort } from '../support/sockets.ts';
import { until } from '../support/until.ts';

type Address = number | string;

/** Connects, sends nothing, and reads to the end. */
async function read(address: Address): Promise<string> {
  const socket =
    typeof address === 'number' ? net.connect(address, '127.0.0.1') : net.connect(address);
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}

async function stats(address: Address): Promise<ReturnType<typeof JSON.parse>> {
  return JSON.parse(await read(address));
}

story('stats counts requests, exceptions and memory, and outlives its workers', async (place) => {
  const socket = place.path('stats.sock');
  const daemon = await place.start({
    app: 'raises',
    ini: `processes = 2\nthreads = 2\nstats = ${socket}\nchmod-socket = 640`,
  });
  assert.equal(fs.statSync(socket).mode & 0o777, 0o640);
  for (let times = 0; times < 3; times += 1) assert.equal((await daemon.get('/')).status, 200);
  assert.equal((await daemon.get('/before')).status, 500);
  const first = await stats(socket);
  const sum = (name: string, of = first): number =>
    of.workers.reduce((total: number, worker: Record<string, number>) => total + worker[name]!, 0);
  assert.deepEqual([sum('requests'), sum('exceptions'), sum('respawn_count')], [4, 1, 2]);
  assert.ok(sum('tx') > 0 && sum('running_time') > 0);
  for (const worker of first.workers) assert.ok(worker.rss > 1_000_000 && worker.vsz > worker.rss);
  assert.equal(first.cwd, place.directory);
  assert.equal((await daemon.get('/os-exit')).status, 502);
  const second = await until('a worker was started again', async () => {
    const now = await stats(socket);
    return sum('respawn_count', now) === 3 ? now : undefined;
  });
  assert.ok(sum('requests', second) >= 4, 'the count is of the place, not of a process');
  assert.deepEqual(
    second.workers.map(({ id }: { id: number }) => id),
    [1, 2],
  );
});

story('stats and the status show caches, locks and metrics as they are', async (place) => {
  place.write(
    'shares.py',
    [
      'import uwsgi, time',
      'def application(environ, start_response):',
      '    start_response("200 OK", [])',
      '    if environ["PATH_INFO"] == "/lock":',
      '        uwsgi.lock(1)',
      '        time.sleep(1000)',
      '    for name in ("c", "f"):',
      '        for key in "abc":',
      '            uwsgi.cache_set(key, b"x", 0, name)',
      '        uwsgi.cache_get("a", name)',
      '        uwsgi.cache_get("none", name)',
      '    uwsgi.metric_dec("orders", 9)',
      '    return [b"done ", uwsgi.cache_get("greeting", "f"), uwsgi.cache_get("logo.svg", "f")]',
    ].join('\n'),
  );
  const socket = place.path('stats.sock');
  place.write('logo.svg', '<svg/>');
  const ini =
    `add-cache-item = f greeting=hello a\nload-file-in-cache = f logo.svg\n` +
    `module = shares:application\nprocesses = 2\nstats = ${socket}\nlocks = 1\n` +
    'cache2 = name=c,items=2,lastmod=1\ncache2 = name=f,items=9,bitmap=1,store=f.store\n' +
    `metric = name=orders,oid=100\ncontrol-socket = ${place.path('c')}`;
  const daemon = await place.start({ ini });
  assert.equal((await daemon.get('/')).text, 'done hello a<svg/>');
  const { caches, metrics, locks } = await stats(socket);
  const counts = (cache: Record<string, number>) => [
    ...[cache['items'], cache['hits'], cache['miss'], cache['full'], cache['max_items']],
  ];
  assert.deepEqual(caches.map(counts), [
    [2, 1, 1, 1, 2],
    [5, 3, 1, 0, 9],
  ]);
  assert.ok(caches[0].last_modified_at > 1_700_000_000);
  assert.deepEqual(metrics.orders, { type: 0, oid: '100', value: -9 });
  assert.deepEqual(locks, [{ 'user 0': 0 }, { 'user 1': 0 }]);
  daemon.get('/lock').catch(() => undefined);
  const holder = await until('the lock is held', async () => {
    const now = await stats(socket);
    return now.locks[1]['user 1'] === 0 ? undefined : now.locks[1]['user 1'];
  });
  assert.ok(daemon.withRole('worker').some(({ pid }) => pid === holder));
  process.kill(holder, 'SIGKILL');
  const { output } = await place.run([Daemon.binary, 'status', '--json', place.path('c')]);
  const { shared } = JSON.parse(output);
  assert.deepEqual(
    [shared.caches[0].items, shared.caches[1].store, shared.metrics[0].value, shared.locks.length],
    [2, 'f.store', -9, 2],
  );
  await daemon.stop();
});

story(
  'the application reads the metrics that stats shows, and cannot change them',
  async (place) => {
    place.write(
      'reads.py',
      [
        'import json, uwsgi',
        'def application(environ, start_response):',
        '    start_response("200 OK", [])',
        '    names = json.loads(environ["wsgi.input"].read() or b"[]")',
        '    if environ["PATH_INFO"] == "/set":',
        '        return [json.dumps([uwsgi.metric_set(name, 5) for name in names]).encode()]',
        '    return [json.dumps([uwsgi.metric_get(name) for name in names]).encode()]',
      ].join('\n'),
    );
    const socket = place.path('stats.sock');
    const ini = `module = reads\nprocesses = 1\nstats = ${socket}\nenable-metrics = true`;
    const daemon = await place.start({ ini });
    const ask = async (path: string, names: readonly string[]): Promise<unknown[]> =>
      JSON.parse((await daemon.get(path, { method: 'POST', body: JSON.stringify(names) })).text);
    for (let each = 0; each < 2; each += 1) await daemon.get('/');
    const counts = ['requests', 'delta_requests', 'respawns', 'running_time'];
    const names = [
      ...counts.map((name) => `worker.1.${name}`),
      ...['worker.0.requests', 'core.total_running_time', 'worker.1.failed_requests'],
    ];
    const { metrics } = await stats(socket);
    const got = await ask('/', names);
    assert.deepEqual(got.slice(0, 3), [2, 2, 1]);
    assert.deepEqual(
      got,
      names.map((name) => metrics[name].value),
    );
    const now = await ask('/', [
      'core.busy_workers',
      'core.idle_workers',
      'worker.1.rss_size',
      'core.total_tx',
    ]);
    assert.deepEqual(now.slice(0, 2), [1, 0]);
    assert.ok(Number(now[2]) > 1_000_000 && Number(now[3]) > 0);
    assert.deepEqual(await ask('/set', ['worker.1.requests', 'core.total_rss', 'none']), [
      ...[null, null, null],
    ]);
    await daemon.says(/metric_set: worker\.1\.requests is counted by Reeve and cannot be changed/);
    await daemon.says(/metric_set: core\.total_rss is counted by Reeve and cannot be changed/);
    assert.equal(daemon.timesSaid(/cannot be changed/), 2);
    assert.equal((await ask('/', ['worker.1.respawns']))[0], 1);
    await daemon.stop();
  },
);

story(
  'stats has an HTTP head where it is wanted, follows reloads, and refuses a taken address',
  async (place) => {
    const [first, second] = [await freePort(), await freePort()];
    const daemon = await place.start({
      app: 'hello',
      ini: `stats = 127.0.0.1:${first}\nstats-http = true\nstats-minified = true`,
    });
    const response = await fetch(`http://127.0.0.1:${first}/`);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(JSON.parse(await response.text()).workers.length, 1);
    const [head, body = ''] = (await read(first)).split('\r\n\r\n');
    assert.match(head ?? '', /^HTTP\/1\.0 200 OK\r\nConnection: close/);
    assert.ok(!body.includes('\n'));
    daemon.writeIni(`stats = 127.0.0.1:${second}`);
    assert.equal(await daemon.reload(), 'reloaded');
    await until('the new address answers', async () => {
      return stats(second).then(
        () => true,
        () => undefined,
      );
    });
    await assert.rejects(read(first));
    daemon.writeIni(`stats = 127.0.0.1:${place.port}`);
    assert.equal(await daemon.reload(), 'failed');
    await daemon.says(/reload refused: .*stats = .* is taken already by http = /);
    const other = net.createServer().listen(0, '127.0.0.1');
    try {
      await once(other, 'listening');
      const taken = other.address();
      assert.ok(taken !== null && typeof taken === 'object');
      daemon.writeIni(`stats = 127.0.0.1:${taken.port}`);
      assert.equal(await daemon.reload(), 'reloaded');
      await daemon.says(/stats\.problem.*is in use.*goes on/);
      assert.ok((await stats(second)).pid > 0);
    } finally {
      other.close();
    }
  },
);

story('clients that read nothing hold nobody up, and reloads fail no question', async (place) => {
  const socket = place.path('stats.sock');
  const daemon = await place.start({ app: 'hello', ini: `processes = 2\nstats = ${socket}` });
  const deaf = Array.from({ length: 60 }, () =>
    net
      .connect(socket)
      .pause()
      .on('error', () => {}),
  );
  try {
    const load = await clientsDuring(place.port, 2, '/', async () => {
      for (let times = 0; times < 3; times += 1) {
        const asked = Array.from({ length: 5 }, () => stats(socket));
        assert.equal(await daemon.reload(), 'reloaded');
        for (const each of await Promise.all(asked)) assert.equal(each.workers.length, 2);
      }
    });
    assert.deepEqual(load.failures(), []);
  } finally {
    for (const each of deaf) each.destroy();
  }
});

story('a stats address that is taken refuses the start', async (place) => {
  const port = await freePort();
  const taken = net.createServer().listen(port, '127.0.0.1');
  const daemon = await place.start({
    app: 'hello',
    ini: `stats = 127.0.0.1:${port}`,
    wait: 'exit',
  });
  taken.close();
  assert.match(daemon.log(), /reeve\.ini:\d+: stats: the address 127\.0\.0\.1:\d+ is in use/);
});
