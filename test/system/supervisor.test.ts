/** Reeve under supervisor, with the configuration of docs/tutorials/supervisor.md. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';

import { reeveBinary } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import { repository, testPython } from '../support/interpreters.ts';
import { blockOf } from '../support/page-blocks.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { said } from '../support/said.ts';
import { until } from '../support/until.ts';

const program = path.join(repository, '.venv/bin/supervisord');
const missing = !existsSync(program) && 'there is no supervisor in .venv';

/** Notes that a slow request runs. */
const application = `
import time
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        open("runs", "w").close()
        time.sleep(2)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"shop"]
`;

/** The page's program, with places of this story, and the server around it. */
function configuration(place: Place): string {
  const program = blockOf('tutorials/supervisor.md', 'ini')
    .replace('command=reeve', `command=${reeveBinary}`)
    .replaceAll('/srv/shop', place.directory)
    .replaceAll('/var/log/shop.log', place.path('shop.log'));
  return [
    ...['[supervisord]', 'nodaemon=true', `logfile=${place.path('supervisord.log')}`],
    ...[`pidfile=${place.path('supervisord.pid')}`, 'user=root', '[unix_http_server]'],
    ...[`file=${place.path('supervisor.sock')}`, '[supervisorctl]'],
    ...[`serverurl=unix://${place.path('supervisor.sock')}`, '[rpcinterface:supervisor]'],
    'supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface',
    program,
  ].join('\n');
}

story(
  'it starts, reloads, and stops when its requests have finished',
  async (place) => {
    place.write('slow.py', application);
    place.write(
      'uwsgi.ini',
      `[uwsgi]\nhttp = 127.0.0.1:${place.port}\nmodule = slow\npython = ${testPython()}\n` +
        'processes = 2\nmaster = true\nneed-app = true\n',
    );
    const file = place.write('supervisord.conf', configuration(place));
    const server = await place.start({
      program: [program],
      args: ['-c', file],
      wait: 'nothing',
    });
    const control = (words: string) =>
      place.run([
        path.join(path.dirname(program), 'supervisorctl'),
        '-c',
        file,
        ...words.split(' '),
      ]);
    const get = (target = '/') => request({ port: place.port }, target);
    const ready = { timeoutMs: 90_000 };
    await until('it answers', async () => (await get()).status === 200, ready);
    await until(
      'supervisor knows it',
      async () => /shop +RUNNING/.test((await control('status')).output),
      ready,
    );
    await control('signal HUP shop');
    await until('it has reloaded', () => said.reloaded.test(place.read('shop.log')), ready);
    const running = get('/slow');
    await until('the request runs', () => place.exists('runs'));
    const stopped = await control('stop shop');
    assert.match(stopped.output, /shop: stopped/);
    assert.equal((await running).status, 200);
    assert.match((await control('status')).output, /shop +STOPPED/);
    await server.stop();
  },
  { skip: missing, timeoutMs: 120_000 },
);
