/** What statsd is sent: steps of counters, and gauges. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readStatsd } from '../../../../src/config/rules/statsd.ts';
import { CounterSteps } from '../../../../src/master/reporting/uwsgi-metrics.ts';

test('a counter is sent as what was added, and a gauge as it is', () => {
  const steps = new CounterSteps();
  const lines = (requests: number): readonly string[] =>
    steps.linesOf(
      [
        { name: 'worker.1.requests', type: 'counter', value: requests },
        { name: 'worker.1.rss_size', type: 'gauge', value: 7 },
      ],
      'shop',
    );
  const gauge = 'shop.worker.1.rss_size:7|g';
  assert.deepEqual(lines(3), ['shop.worker.1.requests:3|c', gauge]);
  assert.deepEqual(lines(3), [gauge]);
  assert.deepEqual(lines(5), ['shop.worker.1.requests:2|c', gauge]);
  assert.deepEqual(new CounterSteps().linesOf([{ name: 'a', type: 'counter', value: 0 }], 'x'), [
    'x.a:0|c',
  ]);
  // A reload: the next generation counts from 0.
  assert.deepEqual(lines(1), ['shop.worker.1.requests:1|c', gauge]);
});

describe('stats-push', () => {
  for (const [text, read] of [
    ['statsd:127.0.0.1:8125', { kind: 'target', host: '127.0.0.1', port: 8125, prefix: 'uwsgi' }],
    ['statsd:stats.lan:1,a.b', { kind: 'target', host: 'stats.lan', port: 1, prefix: 'a.b' }],
    ['zabbix:192.0.2.1:10051,uwsgi', { kind: 'other' }],
    ['statsd', { kind: 'other' }],
  ] as const) {
    test(`${text} is read`, () => assert.deepEqual(readStatsd(text), read));
  }
  for (const text of [
    'statsd:',
    'statsd:127.0.0.1',
    'statsd::8125',
    'statsd:127.0.0.1:0',
    'statsd:127.0.0.1:65536',
    'statsd:127.0.0.1:many',
    'statsd:127.0.0.1:8125,a b',
    'statsd:127.0.0.1:8125,a|c',
  ]) {
    test(`${text} is refused`, () => assert.equal(readStatsd(text).kind, 'problem'));
  }
});
