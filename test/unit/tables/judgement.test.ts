/** What a value does in Reeve, compared with uWSGI: case by case. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import { findingsOfStart, loadConfiguration } from '../../../src/config/load.ts';
import { meaningOf } from '../../../src/config/reading/names.ts';
import { relationsOf } from '../../../src/tables/judgement.ts';
import { optionNames, optionOf } from '../../../src/tables/options/options.ts';
import { unsupportedOptions } from '../../../src/tables/uwsgi/uwsgi.ts';
import { writtenHost } from '../../support/written-host.ts';

/** Every option name of uWSGI 2.0.28 with all its plugins. */
const uwsgiNames = readFileSync(path.join(import.meta.dirname, 'uwsgi-options.txt'), 'utf8')
  .trim()
  .split('\n');

/** `verdict: sentence; advice` of the last line. */
async function judged(lines: string): Promise<string> {
  const host = writtenHost(new Map([['a.ini', `[uwsgi]\n${lines}\n`]]));
  const { judgements } = await loadConfiguration(['a.ini'], host);
  const { verdict = '', sentence = '', advice } = judgements.at(-1) ?? {};
  return [verdict, ...(sentence === '' ? [] : [sentence]), ...(advice ? [advice] : [])].join('; ');
}

describe('the table has an entry for', () => {
  test('every option of uWSGI', () => {
    assert.ok(uwsgiNames.length > 1_200);
    assert.deepEqual(
      uwsgiNames.filter((name) => meaningOf(name) === undefined),
      [],
    );
  });

  test('no option twice: one that is supported is not unsupported', () => {
    const twice = optionNames
      .flatMap((name) => [name, ...(optionOf(name).aliases ?? [])])
      .filter((name) => unsupportedOptions.has(name));
    assert.deepEqual(twice, []);
  });
});

describe('the sentences of the table', () => {
  test('have no capital at the start unless a name, and no full stop', () => {
    const sentences = optionNames.flatMap((name) =>
      relationsOf(optionOf(name).uwsgi).flatMap((relation) =>
        Object.values(relation).filter((each) => typeof each === 'string'),
      ),
    );
    const wrong = sentences.filter((each) => each.endsWith('.') || each === '');
    assert.deepEqual(wrong, []);
  });
});

const cases: readonly (readonly [lines: string, verdict: RegExp])[] = [
  ['processes = 4', /^same$/],
  ['http = 127.0.0.1:8000', /^same; a reload/],
  ['http = :8000', /^differs; X-Forwarded-Proto/],
  ['trusted-proxies = 10.0.0.1\nhttp = 0.0.0.0:8000', /^same/],
  ['http-socket = :80', /^differs; X-Forwarded-Proto .*; the gateway serves it/],
  ['no-default-app = true', /^differs; the answer is 404/],
  ['daemonize = x.log', /^differs; .*mode 777/],
  ['module = app', /^same$/],
  ['master = true', /^same$/],
  ['master = false', /^differs; false has no effect/],
  ['need-app = true', /^same$/],
  ['enable-threads = true', /^always; Python threads/],
  ['tcp-nodelay = true', /^always/],
  ['http-manage-expect = true', /^always/],
  ['http-manage-expect = 1048576', /^differs; .*limit-post/],
  ['http = :8000\nhttp-keepalive = true', /0, which is off/],
  ['http-keepalive = true', /^same$/],
  ['http-keepalive = 5', /^same$/],
  ['http-processes = 1', /^same$/],
  ['http-processes = 2', /^differs; one gateway/],
  ['uid = app', /^differs; without gid/],
  ['gid = app\nuid = app', /^same$/],
  ['idle = 60', /^same$/],
  ['cheaper = 2\nprocesses = 8', /^same$/],
  ['processes = 8\ncheaper = 2', /^same; a worker is stopped only/],
  ['processes = auto', /^same$/],
  ['cheap = true', /^same$/],
  ['die-on-idle = true\nidle = 60', /^same$/],
  ['harakiri = 30', /^differs; .*504/],
  ['harakiri = 0', /^same$/],
  ['plugin = python3.6', /^always/],
  ['plugins = 0:python3,http', /^always/],
  ['plugins = python3,psgi', /^differs/],
  ['log-json = true', /^ours$/],
  ['stats = :9191', /^same; memory is always shown/],
  ['stats-no-metrics = true', /^always; there are no metrics/],
  ['stats-push = statsd:127.0.0.1:8125', /^differs; a counter is sent as what was added/],
  ['stats-push = zabbix:192.0.2.1:10051', /^missing; nothing is sent there/],
  ['carbon-no-workers = false', /^same; it is off anyway/],
  ['no-server = true', /^missing; .*reeve check/],
  ['never-swap = true', /^missing; .*MemorySwapMax/],
  ['hook-master-start = unix_signal:15 gracefully_kill_them_all', /^always; SIGTERM/],
  ['hook-master-start = exec:touch /x', /^differs; it runs when the workers/],
  ['reload-on-rss = 200', /^same; one worker at a time/],
  ['max-worker-lifetime = 3600', /^same; one worker at a time/],
  ['limit-as = 512', /^same; the master and the gateway/],
  ['reload-on-exception-type = KeyError', /^differs; the class is compared/],
  ['processes = many', /^wrong; processes needs a number/],
  ['vaccum = true', /^unknown; did you mean vacuum\?/],
  ['base = /srv\nchdir = %(base)', /^same/],
  ['ini = b.ini', /^same/],
  ['set-ph = base=/srv', /^same$/],
  ['http-enable-proxy-protocol = 1', /^differs; .*add trusted-proxies = ADDRESS/],
  ['trusted-proxies = unix\nenable-proxy-protocol = true', /^same; .*version 2/],
  ['shared-socket = :80', /^same; every listener is bound before/],
  ['so-send-timeout = 30', /^always; .*socket-timeout/],
  ['socket-sndbuf = 65536', /^same; .*SendBuffer=/],
  ['response-headers-limit = 262144', /^always; .*16 MiB/],
  ['http-buffer-size = 65536', /^always; /],
  ['http-to = /tmp/a.sock', /^differs; requests always go to the workers of this instance/],
  ['http-use-socket', /^always; /],
  ['http-auto-gzip = true', /^always; it does nothing without http/],
  ['http = 127.0.0.1:80\nhttp-auto-gzip = true', /^same; the worker compresses/],
  ['http = 127.0.0.1:80\nhttp-websockets = true', /^missing; websockets/],
  ['http-websockets = true', /^always; /],
  ['http-var = A=b', /^same$/],
  ['http-headers-timeout = 5', /^same; it limits the whole head/],
  ['map-socket = 0:1', /^missing; .*free worker/],
  ['abstract-socket = true', /^missing; .*@name/],
  ['prio = -5', /^same$/],
  ['prio = -21', /^wrong; .*less than -20/],
  ['prio = 20', /^wrong; .*20 is more than 19/],
  ['cap = net_bind_service\nuid = app\ngid = app', /^same$/],
  ['uid = app\ncap = net_bind_service', /^always; ports below 1024/],
  ['uid = app\ncap = sys_nice,net_raw', /^missing; .*AmbientCapabilities=CAP_SYS_NICE CAP_NET_RAW/],
  ['cap = net_bind_service', /^missing; .*CapabilityBoundingSet=/],
  ['chroot = /srv', /^missing; .*RootDirectory=/],
  ['unshare = net', /^missing; .*PrivateNetwork=/],
  ['jailed = true', /^missing; /],
  ['limit-nproc = 9', /^missing; .*TasksMax=/],
  ['ksm = 100', /^missing; .*MemoryKSM=/],
  ['route = ^/health donotlog:', /^missing; the log has these/],
  ['route-run = continue:', /^missing; /],
  ['route-label = out', /^missing; /],
  ['route-if = equal:${REMOTE_ADDR};127.0.0.1 donotlog:', /^missing; the log has/],
  ['route = ^/admin break:403', /^missing; ignoring such rules would be less safe/],
];

describe('the judgement of a line', () => {
  for (const [lines, verdict] of cases) {
    test(lines.replaceAll('\n', ', '), async () => {
      assert.match(await judged(lines), verdict);
    });
  }
});

describe('a start logs the judgement in fewer words', () => {
  async function logged(lines: string): Promise<readonly string[]> {
    const text = `[uwsgi]\nhttp = 127.0.0.1:8000\nmodule = app\n${lines}\n`;
    const host = writtenHost(new Map([['a.ini', text]]));
    const findings = findingsOfStart(await loadConfiguration(['a.ini'], host));
    return findings.map(({ severity, sentence }) => `${severity}: ${sentence}`);
  }

  test('what is always on, and what differs, is one line each', async () => {
    assert.deepEqual(await logged('enable-threads = true\nthunder-lock = true\nharakiri = 3'), [
      'note: always on: enable-threads, thunder-lock',
      'note: not quite as in uWSGI: harakiri',
    ]);
  });

  test('up to three unsupported options have a sentence each, more are one list', async () => {
    const three = await logged('carbon = x\nsnmp = :1\nzerg = x');
    assert.equal(three.length, 3);
    const four = await logged('carbon = x\nsnmp = :1\nzerg = x\nfastrouter = :2');
    assert.equal(four.length, 1);
    assert.match(four[0] ?? '', /4 lines .* carbon \(a\.ini:4\), snmp \(a\.ini:5\), zerg/);
  });
});
