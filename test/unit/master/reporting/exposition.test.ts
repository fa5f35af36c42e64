/** Metrics as text, in both formats, and which of them a reader is given. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  metricsFormatFor,
  metricsText,
  type Family,
} from '../../../../src/master/reporting/exposition.ts';

const families: readonly Family[] = [
  { type: 'info', name: 'app', help: 'It.', samples: [{ labels: { version: '1' }, value: 1 }] },
  { type: 'gauge', name: 'app_none', help: 'Nothing is known.', samples: [] },
  {
    type: 'counter',
    name: 'app_requests',
    help: 'With \\ and\na second line.',
    samples: [{ labels: { path: 'a"b\\c\nd' }, value: 3 }],
  },
  {
    type: 'histogram',
    name: 'app_seconds',
    help: 'Times.',
    bounds: [0.5, 1],
    samples: [{ labels: {}, counts: [1, 0, 2], sum: 9.5 }],
  },
];

test('the format of Prometheus', () => {
  assert.equal(
    metricsText(families, 'prometheus'),
    String.raw`# HELP app_info It.
# TYPE app_info gauge
app_info{version="1"} 1
# HELP app_requests_total With \\ and\na second line.
# TYPE app_requests_total counter
app_requests_total{path="a\"b\\c\nd"} 3
# HELP app_seconds Times.
# TYPE app_seconds histogram
app_seconds_bucket{le="0.5"} 1
app_seconds_bucket{le="1.0"} 1
app_seconds_bucket{le="+Inf"} 3
app_seconds_sum 9.5
app_seconds_count 3
`,
  );
});

test('OpenMetrics describes a counter without _total, and has an end', () => {
  const text = metricsText(families, 'openmetrics');
  assert.match(text, /^# TYPE app info$/m);
  assert.match(text, /^# TYPE app_requests counter$/m);
  assert.match(text, /^app_requests_total\{/m);
  assert.ok(text.endsWith('\n# EOF\n'));
});

describe('the format for an Accept header', () => {
  for (const [accept, format] of [
    ['', 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/html, application/xhtml+xml', 'prometheus'],
    ['text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'prometheus'],
    [
      'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    ['application/openmetrics-text;q=0.2, text/plain;q=0.9', 'prometheus'],
    ['Application/OpenMetrics-Text; Version=1.0.0', 'openmetrics'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    ['application/openmetrics-text;q=nonsense', 'prometheus'],
  ] as const) {
    test(`${accept === '' ? 'without one' : accept}: ${format}`, () => {
      assert.equal(metricsFormatFor(accept), format);
    });
  }
});
