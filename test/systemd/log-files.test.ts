/**
 * Log files that an ini names are where the operator looks, under `reeve enable` and reeve@, also
 * when logrotate has moved or emptied them. And what `reeve enable` shows while a start takes long.
 */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { until } from '../support/until.ts';

const application =
  'def application(environ, start_response):\n' +
  '    print("asked for", environ["PATH_INFO"], flush=True)\n' +
  '    start_response("200 OK", [])\n    return [b"x"]\n';

/** Asks for the path, and waits until the log has what the application printed and its request. */
async function isLogged(machine: Machine, target: string, log: string): Promise<void> {
  assert.equal((await machine.get(target)).status, 200);
  await until(`${log} has ${target}`, () => {
    const text = machine.exists(log) ? machine.read(log) : '';
    return text.includes(`asked for ${target}\n`) && text.includes(`GET ${target} =>`);
  });
}

async function addUser(machine: Machine): Promise<void> {
  await machine.must("echo 'u author - - /home/author' | systemd-sysusers -");
  await machine.must('install -d -o author -m 750 /home/author /home/author/logs');
}

machineStory('a log of `reeve enable` is written, and can be rotated', async (machine) => {
  await addUser(machine);
  machine.write('/srv/shop/app.py', application);
  machine.stopsAtTheEnd('shop.service');
  for (const [line, log] of [
    ['uid = author\nlogto', '/var/log/uwsgi/shop.log'],
    ['uid = author\nlogto2', '/home/author/logs/shop.log'],
    ['uid = author\nlogto', '/var/log/shop.log'],
    // Without a uid it is the packages' user.
    ['logto', '/var/log/shop-too.log'],
  ] as const) {
    machine.write(
      '/srv/shop/uwsgi.ini',
      `[uwsgi]\nhttp = 127.0.0.1:${machine.port}\nchdir = /srv/shop\nmodule = app\n` +
        `master-fifo = /run/reeve/shop/fifo\n${line} = ${log}\n`,
    );
    await machine.must('reeve enable --now --name shop --yes /srv/shop/uwsgi.ini');
    await isLogged(machine, '/start', log);
    assert.equal(await machine.must(`stat -c %a ${log}`), '640');
    // What logrotate does: move and `create`, then `l` or a reload; or copytruncate.
    const move = `mv ${log} ${log}.1 && install -m 640 -o $(stat -c %U ${log}.1) /dev/null ${log}`;
    await machine.must(`${move} && echo l > /run/reeve/shop/fifo`);
    await until('it is opened again', async () => {
      await machine.get('/moved');
      return machine.read(log).includes('GET /moved =>');
    });
    await isLogged(machine, '/moved-too', log);
    await machine.must(`rm ${log}.1 && ${move} && systemctl reload shop`);
    await isLogged(machine, '/reloaded', log);
    await machine.must(`cp ${log} ${log}.1 && truncate -s 0 ${log}`);
    await isLogged(machine, '/emptied', log);
    assert.match(machine.read(log), /^[^\0]*$/);
    await machine.must(`reeve disable --yes shop && rm -f ${log} ${log}.1`);
  }
});

machineStory('what check advises for a log of reeve@ makes it written', async (machine) => {
  await addUser(machine);
  const ini = machine.application('blog', { text: 'x' });
  machine.write('/srv/blog/app.py', application);
  const before = machine.read(ini);
  const log = '/home/author/logs/blog.log';
  machine.write(ini, `${before}\nlogto = ${log}\n`);
  const { output } = await machine.run(`reeve check ${ini}`);
  const [, one = '', other = '', right = ''] =
    /put (ProtectHome=\S+) and (ReadWritePaths=\S+) below .*?; (reeve must be .* \S+)/.exec(
      output,
    ) ?? [];
  assert.match(right, /create files in \/home\/author\/logs$/, output);
  await machine.dropIn('reeve@blog.service', `[Service]\n${one}\n${other}\n`);
  await machine.must('chmod o+x /home/author && chown reeve /home/author/logs');
  await machine.must('systemctl start reeve@blog');
  await isLogged(machine, '/start', log);
});

machineStory('`reeve enable` shows what it waits for', async (machine) => {
  const wait = 'import os, time\nwhile not os.path.exists("/run/go"): time.sleep(0.1)\n';
  machine.write('/srv/shop/app.py', `${wait}${application}`);
  machine.write(
    '/srv/shop/uwsgi.ini',
    `[uwsgi]\nhttp = 127.0.0.1:${machine.port}\nchdir = /srv/shop\nmodule = app\nprocesses = 2\n`,
  );
  machine.stopsAtTheEnd('shop.service');
  const enable = 'reeve enable --now --name shop --yes /srv/shop/uwsgi.ini';
  const run = machine.must(`${enable} >/run/stdout 2>/run/stderr`);
  const words = /^reeve: restarting shop\.service, \d+ s; loading app \(0 of 2 workers\)$/m;
  await until(
    'it is shown',
    () => machine.exists('/run/stderr') && words.test(machine.read('/run/stderr')),
  );
  machine.write('/run/go', '');
  await run;
  assert.doesNotMatch(machine.read('/run/stdout'), /restarting|workers\)/);
  await machine.must('rm /run/go /run/stdout /run/stderr; reeve disable --yes shop');
});
