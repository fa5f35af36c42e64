/**
 * A rolling restart of three instances, each on an address of its own, behind a real HAProxy and a
 * real nginx with the configurations of docs/load-balancers.md: no request fails.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';

import { clientsDuring } from '../support/clients.ts';
import { Daemon } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import { testPython } from '../support/interpreters.ts';
import { blockOf } from '../support/page-blocks.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const PAGE = 'load-balancers.md';
const names = ['one', 'two', 'three'] as const;
const missing = ['haproxy', 'nginx'].find((name) => spawnSync(name, ['-v']).error !== undefined);

/** The page's configuration, with this machine's ports. */
function onPorts(text: string, front: number, ports: readonly number[]): string {
  return ports.reduce(
    (changed, port, at) => changed.replace(`192.0.2.${at + 1}:8000`, `127.0.0.1:${port}`),
    text.replace(/127\.0\.0\.1:808\d/, `127.0.0.1:${front}`),
  );
}

/** By SIGTERM: the workers of an nginx that is killed would go on. */
async function ended(front: ChildProcess): Promise<void> {
  if (front.exitCode !== null) return;
  front.kill('SIGTERM');
  await once(front, 'exit');
}

/** Whether HAProxy gives requests to a server: its line in `show stat`. */
async function isUp(place: Place, server: string): Promise<boolean> {
  const socket = net.connect(place.path('haproxy.sock'));
  socket.end('show stat\n');
  let text = '';
  for await (const piece of socket) text += String(piece);
  return new RegExp(`^shop,${server},.*,UP,`, 'm').test(text);
}

function startInstance(place: Place, port: number, name: string): Promise<Daemon> {
  const usual = blockOf(PAGE, 'ini')
    .replace('[uwsgi]', '')
    .replace(':8000', `127.0.0.1:${port}`)
    .replace('module = app:application', 'module = hello:application')
    // It must be longer than HAProxy takes to notice: three seconds with the page's check.
    .replace('shutdown-delay = 10', 'shutdown-delay = 4');
  return place.start({
    bare: true,
    app: 'hello',
    ini: [
      usual,
      `control-socket = ${place.path(name)}`,
      `chdir = ${place.directory}`,
      `python = ${testPython()}`,
      'disable-logging = true',
    ].join('\n'),
  });
}

function startFronts(place: Place, haproxy: string, nginx: string): readonly ChildProcess[] {
  const stats = `global\n  stats socket ${place.path('haproxy.sock')}\n`;
  place.write('haproxy.cfg', `${stats}${haproxy}`);
  fs.mkdirSync(place.path('nginx'));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${place.path(`nginx/${kind}`)};`)
    .join('\n');
  const head = `pid ${place.path('nginx.pid')};\nerror_log ${place.path('nginx.log')};\ndaemon off;\nevents {}`;
  place.write('nginx.conf', `${head}\nhttp {\naccess_log off;\n${paths}\n${nginx}}\n`);
  const options = { env: place.environment(), stdio: 'ignore' } as const;
  return [
    spawn('haproxy', ['-db', '-f', place.path('haproxy.cfg')], options),
    spawn('nginx', ['-c', place.path('nginx.conf'), '-e', place.path('nginx.log')], options),
  ];
}

story(
  'a rolling restart of three instances fails no request, behind HAProxy and behind nginx',
  async (place) => {
    const ports: number[] = [];
    for (const _ of names) ports.push(await place.anotherPort());
    const [haproxyPort, nginxPort] = [await place.anotherPort(), await place.anotherPort()];
    const daemons = new Map<string, Daemon>();
    for (const [at, name] of names.entries()) {
      daemons.set(name, await startInstance(place, ports[at] ?? 0, name));
    }
    const fronts = startFronts(
      place,
      onPorts(blockOf(PAGE, 'haproxy'), haproxyPort, ports),
      onPorts(blockOf(PAGE, 'nginx'), nginxPort, ports),
    );
    try {
      const isServed = async (port: number) => (await request({ port }, '/')).status === 200;
      await until('both serve', async () => {
        return (await isServed(haproxyPort)) && (await isServed(nginxPort));
      });
      const restart = async (): Promise<void> => {
        for (const [at, name] of names.entries()) {
          await until(`${name} is up`, () => isUp(place, name), { timeoutMs: 30_000 });
          const old = daemons.get(name);
          await old?.signal('master', 'SIGTERM');
          assert.equal(await old?.exitCode(60_000), 0);
          await startInstance(place, ports[at] ?? 0, name);
          const wait = ['status', '--wait-ready=60', place.path(name)];
          const ready = await place.run([Daemon.binary, ...wait]);
          assert.equal(ready.code, 0, ready.output);
          await until(`${name} is up again`, () => isUp(place, name), { timeoutMs: 30_000 });
        }
      };
      const nginxLoad = await clientsDuring(nginxPort, 2, '/', async () => {
        const haproxyLoad = await clientsDuring(haproxyPort, 2, '/', restart);
        assert.deepEqual(haproxyLoad.failures(), []);
        assert.ok(haproxyLoad.answered > 0);
      });
      assert.deepEqual(nginxLoad.failures(), []);
    } finally {
      await Promise.all(fronts.map(ended));
    }
  },
  { timeoutMs: 240_000, skip: missing === undefined ? false : `${missing} is not installed` },
);
