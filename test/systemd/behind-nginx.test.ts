/** Debian's nginx in front of applications, and applications that share directories. */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';

/** An application with the lines in its ini, in a directory of its user. */
async function writeSite(machine: Machine, name: string, lines: string): Promise<string> {
  await machine.must(`id ${name} || useradd ${name}`);
  machine.write(
    `/srv/${name}/app.py`,
    'def application(environ, start_response):\n    start_response("200 OK", [])\n' +
      `    return [b"${name} " + environ["SERVER_PROTOCOL"].encode()]\n`,
  );
  const ini = `/srv/${name}/${name}.ini`;
  machine.write(ini, `[uwsgi]\nmodule = app\nvacuum = true\nworker-reload-mercy = 5\n${lines}\n`);
  await machine.must(`chown -R ${name}: /srv/${name}`);
  machine.stopsAtTheEnd(`${name}.service`);
  machine.stopsAtTheEnd(`${name}.socket`);
  return ini;
}

machineStory(
  'two users share directories of root: nothing of one is touched by the other',
  async (machine) => {
    await machine.must(
      'mkdir /run/uwsgi /var/log/uwsgi; touch /run/uwsgi/alien /var/log/uwsgi/alien',
    );
    const names = ['shop', 'blog'] as const;
    for (const name of names) {
      const ini = await writeSite(
        machine,
        name,
        `socket = /run/uwsgi/${name}.sock\nchmod-socket = 666\npidfile = /var/run/uwsgi/${name}.pid\n` +
          `logto = /var/log/uwsgi/${name}.log\nmaster-fifo = /run/uwsgi/${name}.fifo\n` +
          `http-socket = /tmp/${name}.sock\ncontrol-socket = /run/uwsgi/${name}.control`,
      );
      await machine.must(`reeve enable --now --yes ${ini}`);
    }
    const both = async (): Promise<void> => {
      for (const name of names) {
        assert.match((await machine.get('/', { socket: `/tmp/${name}.sock` })).text, RegExp(name));
      }
    };
    const list = 'stat -c "%n %U %a" /run/uwsgi/* /var/log/uwsgi/* /tmp/*.sock | grep -v blog';
    const before = await machine.must(list);
    await both();
    for (const act of ['restart', 'reload', 'stop']) {
      await machine.must(`systemctl ${act} blog`);
      assert.equal(await machine.must(list), before, act);
      assert.equal((await machine.get('/', { socket: '/tmp/shop.sock' })).status, 200);
      if (act === 'stop') await machine.must('systemctl start blog');
    }
    await both();
    await machine.must('reeve disable --yes blog');
    assert.equal(await machine.must(list), before);
    assert.equal((await machine.get('/', { socket: '/tmp/shop.sock' })).status, 200);
    await machine.must('reeve disable --yes shop; rm /run/uwsgi/alien');
    assert.deepEqual(await machine.must('ls /tmp /run/uwsgi | grep sock || true'), '');
  },
);

machineStory('an http-socket behind nginx, with the lines that enable prints', async (machine) => {
  const ini = await writeSite(machine, 'shop', `http-socket = /run/shop/shop.sock`);
  const said = await machine.must(`reeve enable --now --yes ${ini}`);
  const [, upstream = ''] = /beside the server .*\n(upstream \w+ \{[^}]*\})/.exec(said) ?? [];
  const [, location = ''] = /in the server .*\n(location \/ \{[^}]*\})/.exec(said) ?? [];
  assert.match(upstream, /keepalive 16;/);
  await machine.nginx(location, upstream);
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await machine.get('/')).text, 'shop HTTP/1.1');
  }
  // Three requests of three clients came over one connection.
  await machine.must('reeve disable --yes shop');
  assert.ok(!machine.exists('/run/shop'));
});

machineStory(
  'disable after enable --socket leaves nothing, and enable works again',
  async (machine) => {
    const ini = await writeSite(
      machine,
      'shop',
      'socket = /run/uwsgi/shop.sock\nhttp-socket = shop.sock',
    );
    const files =
      'ls -d /run/uwsgi /srv/shop/*.sock /etc/systemd/system/shop* /etc/tmpfiles.d/* || true';
    for (const words of ['--socket --now', '--now', '--socket --now', '--socket', '']) {
      await machine.must(`reeve enable ${words} --yes ${ini}`);
      if (words.includes('--now')) {
        assert.equal(
          (await machine.get('/', { socket: '/srv/shop/shop.sock' })).status,
          200,
          words,
        );
      }
      await machine.must('reeve disable --yes shop');
      const left = await machine.must(files);
      assert.deepEqual(
        left.split('\n').filter((line) => !line.startsWith('ls:')),
        [],
        words,
      );
    }
    await machine.must(`reeve enable --socket --now --yes ${ini}`);
    await machine.nginx(
      'location / { include uwsgi_params; uwsgi_pass unix:/run/uwsgi/shop.sock; }',
    );
    assert.equal((await machine.get('/')).status, 200);
  },
);

machineStory('a made-up user, the user reeve and a real one follow each other', async (machine) => {
  const ini = await writeSite(machine, 'shop', `http = 127.0.0.1:${machine.port}`);
  await machine.must('chown -R root: /srv/shop');
  for (const [words, user] of [
    ['', 'reeve-shop'],
    ['--user shop', 'shop'],
    ['', 'reeve-shop'],
  ] as const) {
    await machine.must(`reeve enable --now --yes ${words} ${ini}`);
    assert.equal(await machine.show('shop', 'User'), user);
    assert.equal((await machine.get('/')).status, 200);
    // With `disable` between them, and without.
    await machine.must(words === '' ? 'systemctl stop shop' : 'reeve disable --yes shop');
  }
  await machine.must(`echo 'http-socket = /run/uwsgi/shop.sock' >>${ini}`);
  await machine.must(`reeve enable --now --yes ${ini}`);
  assert.equal(await machine.show('shop', 'User'), 'reeve');
  assert.equal((await machine.get('/', { socket: '/run/uwsgi/shop.sock' })).status, 200);
});

machineStory('nginx reaches reeve@NAME.socket after the documented command', async (machine) => {
  machine.application('app', { isUnheard: true, text: 'reached' });
  await machine.must('systemctl enable --now reeve@app.socket reeve@app');
  await machine.nginx('location / { include uwsgi_params; uwsgi_pass unix:/run/reeve/app.sock; }');
  assert.equal((await machine.get('/')).status, 502);
  await machine.must('usermod --append --groups reeve www-data && systemctl restart nginx');
  assert.equal((await machine.get('/')).text, 'reached');
  await machine.must('gpasswd --delete www-data reeve');
});
