/** What the real uwsgi and Reeve send to a statsd: the same names, each of the same type. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';

import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';
import { cannotCompare, whileServing, type ServerName } from './servers.ts';

const PLUGINS = 'python3,http,stats_pusher_statsd';
const cannot =
  cannotCompare ||
  (spawnSync('uwsgi', ['--plugin', PLUGINS, '--version']).status !== 0 &&
    'there is no uwsgi with the plugin stats_pusher_statsd');

/** What Reeve does not count, or what is always 0 under uWSGI. */
const notSent = [
  /^core\.overloaded /,
  /^(rss|vsz)_size /,
  /^worker\.0\.(?!requests )/,
  /\.core\.\d+\.(exceptions|offloaded_requests|read_errors|routed_requests|static_requests|write_errors) /,
];

/** The names with their types that come until four requests have been counted. */
async function sentBy(name: ServerName, place: Place): Promise<readonly string[]> {
  const statsd = dgram.createSocket('udp4');
  const types = new Map<string, string>();
  const values = new Map<string, number>();
  let pushes = 0;
  statsd.on('message', (datagram) => {
    for (const line of datagram.toString().split('\n')) {
      const [, metric = '', value = '', type = ''] =
        /^shop\.([^:]+):(-?\d+)\|(\w+)$/.exec(line) ?? [];
      assert.notEqual(metric, '', line);
      types.set(metric, type);
      if (metric === 'core.busy_workers') pushes += 1;
      // uwsgi sends a counter's whole value each time.
      const before = name === 'reeve' && type === 'c' ? (values.get(metric) ?? 0) : 0;
      values.set(metric, before + Number(value));
    }
  });
  statsd.bind(0, '127.0.0.1');
  await once(statsd, 'listening');
  const ini = [
    ...['master = true', 'processes = 2', 'threads = 2', 'enable-metrics = true'],
    ...(name === 'uwsgi' ? ['plugin = stats_pusher_statsd'] : []),
    'metric = name=orders,type=gauge,initial_value=7',
    `stats-push = statsd:127.0.0.1:${statsd.address().port},shop`,
    'stats-pusher-default-freq = 1',
  ].join('\n');
  try {
    await whileServing(name, place, { app: 'hello', ini }, async (daemon) => {
      for (let times = 0; times < 4; times += 1) await daemon.get('/');
      // That which waits until it serves asks too.
      await until('all were counted', () => (values.get('worker.0.requests') ?? 0) >= 4);
      const before = pushes;
      await until('all figures have come once more', () => pushes >= before + 2);
    });
    assert.equal(values.get('orders'), 7);
    return [...types].map(([metric, type]) => `${metric} ${type}`).toSorted();
  } finally {
    statsd.close();
  }
}

story(
  'a dashboard for the figures of uwsgi finds them by their names',
  async (place) => {
    const theirs = (await sentBy('uwsgi', place)).filter(
      (name) => !notSent.some((pattern) => pattern.test(name)),
    );
    const ours = new Set(await sentBy('reeve', place));
    assert.deepEqual(
      theirs.filter((name) => !ours.has(name)),
      [],
    );
  },
  { skip: cannot, timeoutMs: 120_000 },
);
