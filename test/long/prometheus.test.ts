/**
 * The dashboard and the alert rules of examples/grafana, with a real Prometheus that scrapes a real
 * instance: each of their queries is answered, and the panels have values.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { clientsDuring } from '../support/clients.ts';
import { request } from '../support/http.ts';
import { repository } from '../support/interpreters.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

type Json = ReturnType<typeof JSON.parse>;

const folder = path.join(repository, 'examples/grafana');
const dashboard: Json = JSON.parse(
  fs.readFileSync(path.join(folder, 'reeve-dashboard.json'), 'utf8'),
);
const panels: Json[] = dashboard.panels;
const skip =
  spawnSync('promtool', ['--version']).error === undefined ? false : 'Prometheus is not installed';

/** With what Grafana puts in place of its variables. */
function filledIn(query: string): string {
  return query
    .replaceAll('$__rate_interval', '20s')
    .replaceAll('$job', 'reeve')
    .replaceAll('$instance', '.*');
}

function startPrometheus(place: Place, port: number, metricsPort: number): ChildProcess {
  place.write(
    'prometheus.yml',
    fs
      .readFileSync(path.join(folder, 'prometheus.yml'), 'utf8')
      .replace('15s', '1s')
      .replace('reeve-alerts.yml', path.join(folder, 'reeve-alerts.yml'))
      .replaceAll('127.0.0.1:9100', `127.0.0.1:${metricsPort}`),
  );
  const log = fs.openSync(place.path('prometheus.log'), 'a');
  const flags = [
    `--config.file=${place.path('prometheus.yml')}`,
    `--storage.tsdb.path=${place.path('tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const options = { env: place.environment(), stdio: ['ignore', log, log] as const };
  const child = spawn('prometheus', flags, { ...options, stdio: ['ignore', log, log] });
  fs.closeSync(log);
  return child;
}

/** The values of a query; fails where Prometheus refuses it. */
async function values(port: number, query: string): Promise<readonly Json[]> {
  const target = `/api/v1/query?query=${encodeURIComponent(query)}`;
  const answer = await request({ port }, target);
  assert.equal(answer.status, 200, `${query}: ${answer.text}`);
  return JSON.parse(answer.text).data.result;
}

story(
  'each query of the dashboard and of the alerts is answered by a Prometheus that scraped us',
  async (place) => {
    const [port, metricsPort] = [await place.anotherPort(), await place.anotherPort()];
    const daemon = await place.start({
      app: 'deadly',
      ini: [
        `metrics = 127.0.0.1:${metricsPort}`,
        'processes = 2',
        'metrics-label = slow ^/slow',
        'attach-daemon = sleep 1000',
        'cron = -1 -1 -1 -1 -1 true',
        'spooler = tasks',
        'mule = true',
      ].join('\n'),
    });
    assert.equal(await daemon.reload(), 'reloaded');
    assert.equal((await daemon.get('/exit')).status, 502);
    const prometheus = startPrometheus(place, port, metricsPort);
    try {
      const targets = panels.flatMap(({ title, targets: all = [] }) =>
        all.map(({ expr }: Json) => ({ title, query: filledIn(expr) })),
      );
      assert.ok(targets.length > 30);
      const load = await clientsDuring(place.port, 2, '/slow?0.01', async () => {
        for (const { title, query } of targets) {
          // Two scrapes are needed for a rate, and some for the times.
          await until(
            `"${title}" has values: ${query}`,
            async () => {
              const found = await values(port, query).catch(() => []);
              return found.some(({ value }) => Number.isFinite(Number(value[1])));
            },
            { timeoutMs: 30_000 },
          );
        }
      });
      assert.deepEqual(load.failures(), []);
      for (const { expr } of dashboard.annotations.list) await values(port, filledIn(expr));
      const rules = JSON.parse((await request({ port }, '/api/v1/rules')).text);
      const [{ rules: alerts }] = rules.data.groups;
      assert.equal(alerts.length, 13);
      for (const { query } of alerts) await values(port, query);
      const [one] = await values(port, 'reeve_ready');
      assert.equal(one.value[1], '1');
    } finally {
      prometheus.kill('SIGKILL');
    }
  },
  { timeoutMs: 180_000, skip },
);

test('promtool accepts the rules, and they fire as their tests say', { skip }, () => {
  for (const words of [
    ['check', 'rules', 'reeve-alerts.yml'],
    ['test', 'rules', 'reeve-alerts.test.yml'],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', words, { cwd: folder });
    assert.equal(status, 0, `${String(stdout)}${String(stderr)}`);
  }
});

test('the panels of the dashboard have places and numbers of their own', () => {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Set<string>();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.ok(!taken.has(`${x} ${y}`), `${title} lies upon another panel`);
        taken.add(`${x} ${y}`);
      }
    }
  }
  const known = new Set(dashboard.templating.list.map(({ name }: Json) => name));
  const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-z]+)/g)].map(([, name]) => name);
  assert.deepEqual(
    [...new Set(used)].filter((name) => !known.has(name)),
    [],
  );
});
