/** How long requests take, counted in buckets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { RequestTimes } from '../../../../src/gateway/measures/request-times.ts';
import { RouteLabels } from '../../../../src/gateway/measures/route-labels.ts';
import { TIME_BOUNDS_SECONDS } from '../../../../src/protocol/gateway-views.ts';

function timesOf(mounts: readonly string[], ...labels: string[]): RequestTimes {
  return new RequestTimes(mounts, new RouteLabels(labels));
}

/** Buckets that are not empty, by their bound. */
function filled(counts: readonly number[]): Record<string, number> {
  return Object.fromEntries(
    counts.flatMap((count, at) =>
      count === 0 ? [] : [[String(TIME_BOUNDS_SECONDS[at] ?? 'more'), count]],
    ),
  );
}

describe('times of requests', () => {
  test('a time stands in the first bucket whose bound is not below it', () => {
    const times = timesOf(['']);
    const kind = times.kindOf(0, '/', 200);
    for (const ms of [0, 1, 1.001, 2.5, 60_000, 60_001, 86_400_000]) kind.ran(ms);
    const [only] = times.view;
    assert.deepEqual(filled(only?.run.counts ?? []), { 0.001: 2, 0.0025: 2, 60: 1, more: 2 });
    assert.equal(only?.run.counts.length, TIME_BOUNDS_SECONDS.length + 1);
    assert.ok(Math.abs((only?.run.seconds ?? 0) - 86_520.005501) < 1e-6);
  });

  test('those that needed no worker have not waited', () => {
    const times = timesOf(['']);
    const kind = times.kindOf(-1, '/logo.png', 200);
    kind.ran(1);
    kind.sent(10);
    kind.sent(5);
    assert.deepEqual(filled(times.view[0]?.wait.counts ?? []), {});
    assert.equal(times.view[0]?.bodyBytes, 15);
  });

  test('each mount, label and class of status is counted alone', () => {
    const times = timesOf(['', '/shop'], 'reports ^/reports/', 'reports ^/export$', 'api ^/api');
    for (const [application, path, status] of [
      [0, '/', 204],
      [1, '/shop/', 200],
      [1, '/shop/', 503],
      [-1, '/none', 404],
      [0, '/reports/1', 200],
      [0, '/export', 200],
      [0, '/api/reports/', 499],
    ] as const) {
      times.kindOf(application, path, status).ran(1);
    }
    const seen = times.view.map(({ mount, route, status, run }) => {
      return [mount, route, status, run.counts[0]].join(' ');
    });
    assert.deepEqual(
      seen.sort(),
      ['  2xx 1', '  4xx 1', ' api 4xx 1', ' reports 2xx 2', '/shop  2xx 1', '/shop  5xx 1'].sort(),
    );
  });

  test('paths and statuses that are made up add no kind', () => {
    const times = timesOf([''], 'api ^/api');
    for (let at = 0; at < 10_000; at += 1) times.kindOf(0, `/api/${at}`, at).ran(1);
    assert.equal(times.view.length, 5);
    assert.deepEqual(new Set(times.view.map(({ route }) => route)), new Set(['api']));
  });
});
