/** Metrics and health checks of a running daemon, as monitoring and load balancers meet them. */

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

import { clientsDuring } from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import type { Answer } from '../support/http.ts';
import { testPython } from '../support/interpreters.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

/** Reads a text with the reference parser, and prints each family with its type and samples. */
const PARSE = `
import sys
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics
text = sys.stdin.read()
read = openmetrics if text.endswith("# EOF\\n") else parser
for family in read.text_string_to_metric_families(text):
    for sample in family.samples:
        labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
        print(family.type, sample.name, labels, sample.value, sep="|")
`;

/** The values by "NAME LABELS"; fails where the reference parser refuses the text. */
async function parsed(place: Place, text: string): Promise<ReadonlyMap<string, number>> {
  place.write('metrics.txt', text);
  place.write('parse.py', PARSE);
  const script = `"$0" parse.py < metrics.txt`;
  const { code, output } = await place.run(['sh', '-c', script, testPython()]);
  assert.equal(code, 0, output);
  return new Map(
    output
      .trim()
      .split('\n')
      .map((line) => {
        const [, name = '', labels = '', value = ''] = line.split('|');
        return [`${name} ${labels}`.trim(), Number(value)];
      }),
  );
}

story('both formats are what the reference parser reads, with the true figures', async (place) => {
  const port = await place.anotherPort();
  place.copyApplication('deadly');
  const daemon = await place.start({
    app: 'deadly',
    ini: [
      `metrics = 127.0.0.1:${port}`,
      `control-socket = ${place.path('c')}`,
      'processes = 2',
      'threads = 2',
      'mount = /a"b=deadly.py',
      'metrics-label = slow ^/slow',
      'attach-daemon = sleep 1000',
      'cron = -1 -1 -1 -1 -1 true',
    ].join('\n'),
  });
  for (let times = 0; times < 3; times += 1) await daemon.get('/');
  await daemon.get('/slow?0.3');
  assert.equal((await daemon.get('/exit')).status, 502);
  const names = await until('the worker was started again', async () => {
    const values = await parsed(place, (await request({ port }, '/metrics')).text);
    const isThere = values.get('reeve_slots state=idle') === 4;
    return isThere && values.get('reeve_worker_starts_total') === 3 ? values : undefined;
  });
  const value = (name: string): number | undefined => names.get(name);
  assert.equal(value('reeve_requests_total mount=,route=,status=2xx'), 3);
  assert.equal(value('reeve_requests_total mount=,route=,status=5xx'), 1);
  const slow = 'mount=,route=slow,status=2xx';
  assert.equal(value(`reeve_request_duration_seconds_bucket le=0.25,${slow}`), 0);
  assert.equal(value(`reeve_request_duration_seconds_bucket le=+Inf,${slow}`), 1);
  assert.equal(value(`reeve_queue_wait_seconds_count ${slow}`), 1);
  assert.ok((value(`reeve_request_duration_seconds_sum ${slow}`) ?? 0) >= 0.3);
  assert.deepEqual(
    [value('reeve_worker_deaths_total'), value('reeve_ready'), value('reeve_harakiri_total')],
    [1, 1, 0],
  );
  assert.equal(value('reeve_slots state=busy'), 0);
  const memory = (kind: string): number =>
    value(`reeve_worker_memory_bytes generation=1,kind=${kind},worker=1`) ?? 0;
  assert.ok(memory('private') > 0 && memory('private') < memory('proportional'));
  assert.ok(memory('proportional') <= memory('resident'));
  const head = { Accept: 'application/openmetrics-text; version=1.0.0' };
  const open = await request({ port }, '/metrics', { headers: head });
  assert.match(String(open.headers['content-type']), /^application\/openmetrics-text; version=1/);
  await parsed(place, open.text);
  for (const flags of [[], ['--openmetrics']]) {
    const told = await place.run([Daemon.binary, 'metrics', ...flags, place.path('c')]);
    assert.equal(told.code, 0, told.output);
    assert.equal((await parsed(place, told.output)).get('reeve_ready'), 1);
  }
});

story('the listener answers what it knows, and no client holds it up', async (place) => {
  const port = await place.anotherPort();
  const daemon = await place.start({ app: 'hello', ini: `metrics = 127.0.0.1:${port}` });
  const silent = Array.from({ length: 10 }, () =>
    net.connect(port, '127.0.0.1').on('error', () => {}),
  );
  try {
    const ask = (target: string, method = 'GET') => request({ port }, target, { method });
    assert.deepEqual(JSON.parse((await ask('/livez')).text), { alive: true });
    assert.deepEqual(JSON.parse((await ask('/readyz?verbose')).text), { ready: true });
    assert.equal((await ask('/readyz', 'HEAD')).text, '');
    assert.equal((await ask('/none')).status, 404);
    const post = await ask('/metrics', 'POST');
    assert.deepEqual([post.status, post.headers['allow']], [405, 'GET, HEAD']);
    await daemon.signal('http 1', 'SIGSTOP');
    const deaf = await until('the gateway is deaf', async () => {
      const answer = await ask('/livez');
      return answer.status === 503 ? answer : undefined;
    });
    assert.match(deaf.text, /gateway 1 does not answer/);
    await daemon.signal('http 1', 'SIGCONT');
    const second = await place.anotherPort();
    daemon.writeIni(`metrics = 127.0.0.1:${second}`);
    assert.equal(await daemon.reload(), 'reloaded');
    await until('the new address answers', async () => {
      return (await request({ port: second }, '/readyz')).status === 200;
    });
    await assert.rejects(ask('/readyz'));
  } finally {
    for (const each of silent) each.destroy();
  }
});

story('a drain is seen before it happens, and no request fails in it', async (place) => {
  const port = await place.anotherPort();
  const ini = [
    `control-socket = ${place.path('c')}`,
    `metrics = 127.0.0.1:${port}`,
    'health-path = /healthz',
    'shutdown-delay = 2',
  ].join('\n');
  const wait = (seconds: string) =>
    place.run([Daemon.binary, 'status', `--wait-ready=${seconds}`, place.path('c')]);
  const early = await wait('0');
  assert.equal(early.code, 69, early.output);
  const waiting = wait('30');
  const daemon = await place.start({ app: 'hello', ini });
  assert.equal((await waiting).code, 0, (await waiting).output);
  const health = (): Promise<Answer> => daemon.get('/healthz');
  const before = await health();
  assert.deepEqual([before.status, JSON.parse(before.text)], [200, { ready: true }]);
  const load = await clientsDuring(place.port, 2, '/', async () => {
    await daemon.signal('master', 'SIGTERM');
    const after = await until('it is not ready', async () => {
      const answer = await health();
      return answer.status === 503 ? answer : undefined;
    });
    assert.match(after.text, /^\{"ready":false,"reason":"it stops soon/);
    assert.equal((await request({ port }, '/readyz')).status, 503);
    assert.equal((await request({ port }, '/livez')).status, 200);
    const reload = await place.run([Daemon.binary, 'reload', place.path('c')]);
    assert.deepEqual([reload.code, /is being stopped/.test(reload.output)], [69, true]);
  });
  assert.deepEqual(load.failures(), []);
  assert.equal(await daemon.exitCode(), 0);
  assert.equal(daemon.timesSaid(/GET \/healthz/), 0, 'health checks are not logged');
});

story('a statsd is sent the requests, each once', async (place) => {
  const statsd = dgram.createSocket('udp4');
  const counted = new Map<string, number>();
  statsd.on('message', (datagram) => {
    for (const line of datagram.toString().split('\n')) {
      const [, name = '', value = '', type] = /^([^:]+):(\d+)\|([cg])$/.exec(line) ?? [];
      const before = type === 'c' ? (counted.get(name) ?? 0) : 0;
      counted.set(name, before + Number(value));
    }
  });
  statsd.bind(0, '127.0.0.1');
  await once(statsd, 'listening');
  try {
    const target = `statsd:127.0.0.1:${statsd.address().port},shop`;
    const ini = `stats-push = ${target}\nstats-pusher-default-freq = 1\nprocesses = 2`;
    const daemon = await place.start({ app: 'hello', ini });
    for (let times = 0; times < 5; times += 1) await daemon.get('/');
    const requests = (): number =>
      [1, 2].reduce((sum, id) => sum + (counted.get(`shop.worker.${id}.requests`) ?? 0), 0);
    await until('five requests were counted', () => requests() === 5);
    assert.ok((counted.get('shop.worker.1.rss_size') ?? 0) > 1_000_000);
    counted.delete('shop.core.idle_workers');
    await until('it is pushed again', () => counted.get('shop.core.idle_workers') === 2);
    assert.equal(requests(), 5);
    daemon.writeIni(`stats-push = statsd:127.0.0.1\nprocesses = 2`);
    assert.equal(await daemon.reload(), 'failed');
    await daemon.says(/stats-push: it needs statsd:HOST:PORT/);
  } finally {
    statsd.close();
  }
});

story('what is not ready says why', async (place) => {
  const port = await place.anotherPort();
  const daemon = await place.start({
    ini: `module = none\nneed-app = false\nmetrics = 127.0.0.1:${port}`,
    app: 'hello',
  });
  const ready = async (): Promise<string> => (await request({ port }, '/readyz')).text;
  await until('it says why', async () => /cannot be loaded/.test(await ready()));
  daemon.writeIni(`module = hello\nmetrics = 127.0.0.1:${port}`);
  assert.equal(await daemon.reload(), 'reloaded');
  await until('it is ready', async () => (await ready()) === '{"ready":true}\n');
  await daemon.signal('master', 'SIGTSTP');
  await until('it is suspended', async () => /suspended/.test(await ready()));
  await daemon.signal('master', 'SIGCONT');
  await until('it is ready again', async () => (await ready()) === '{"ready":true}\n');
});
