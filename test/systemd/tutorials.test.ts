/**
 * The files of the tutorials that are copied most, as docs/tutorials has them, on a machine with
 * Debian's nginx: `reeve enable` takes the ini as it is, and a page comes. Only names are replaced.
 */

import assert from 'node:assert/strict';

import { machineStory } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { blockOf, siteOf } from '../support/page-blocks.ts';

/** The Django tutorial's ini: two sites of one user, with sockets in /run/uwsgi. */
const djangoIni = (project: string): string =>
  blockOf('tutorials/django-nginx.md', 'ini').replaceAll('firstsite', project);

const djangoServer = (project: string): string =>
  siteOf('tutorials/django-nginx.md').replaceAll('firstsite', project);

/** The Flask tutorial's: a socket beside the code, below /home. */
const flaskIni = blockOf('tutorials/flask-nginx.md', 'ini');

async function addUser(machine: Machine, name: string): Promise<void> {
  await machine.must(`id ${name} || useradd --shell /bin/bash ${name}`);
  await machine.must(`install --directory --owner=${name} --group=${name} /home/${name}`);
}

/** What the tutorial does as the user, command by command. */
async function writeDjangoSite(machine: Machine, project: string): Promise<void> {
  machine.write(
    '/tmp/site.sh',
    `set -e\ncd /home/deploy\n` +
      `python3 -m venv --system-site-packages --without-pip Env/${project}\n` +
      `django-admin startproject ${project}\ncd ${project}\n` +
      `sed -i 's/^ALLOWED_HOSTS.*/ALLOWED_HOSTS = ["${project}.test"]/' ${project}/settings.py\n` +
      'python3 manage.py migrate -v 0\nexport DJANGO_SUPERUSER_PASSWORD=secret\n' +
      'python3 manage.py createsuperuser --noinput --username admin --email admin@example.org\n',
  );
  await machine.must('su deploy -c "sh /tmp/site.sh"');
  machine.write(`/etc/uwsgi/sites/${project}.ini`, djangoIni(project));
}

async function enable(machine: Machine, name: string, words: string): Promise<string> {
  machine.stopsAtTheEnd(`${name}.service`);
  return machine.must(`reeve enable --now --yes ${words}`);
}

/** Logs in to the administration, which writes a session into the database beside the code. */
async function logIn(machine: Machine, host: string): Promise<number> {
  const page = await machine.get('/admin/login/', { headers: { Host: host } });
  const [, token = ''] = /name="csrfmiddlewaretoken" value="(\w+)"/.exec(page.text) ?? [];
  const [, cookie = ''] = /(csrftoken=\w+)/.exec(String(page.headers['set-cookie'])) ?? [];
  const body = Buffer.from(`username=admin&password=secret&csrfmiddlewaretoken=${token}`);
  const headers = { Host: host, cookie, 'content-type': 'application/x-www-form-urlencoded' };
  return (await machine.get('/admin/login/', { method: 'POST', headers, body })).status;
}

machineStory(
  'the Django tutorial: two sites share /run/uwsgi, and each comes and goes alone',
  async (machine) => {
    await addUser(machine, 'deploy');
    const sites = ['firstsite', 'secondsite'] as const;
    for (const site of sites) {
      await writeDjangoSite(machine, site);
      const said = await enable(machine, site, `/etc/uwsgi/sites/${site}.ini`);
      assert.doesNotMatch(said, /warning|error/);
    }
    const score = 'systemd-analyze security --offline=true --threshold=20';
    await machine.must(`${score} /etc/systemd/system/firstsite.service`);
    const pause = await machine.show('firstsite', 'RestartUSec');
    assert.equal(pause, machine.systemd < 254 ? '1s' : '100ms');
    const [first, second] = sites.map(djangoServer);
    await machine.nginx(first ?? '', `server {\nlisten 127.0.0.1:${machine.port};\n${second}\n}\n`);
    const statusOf = async (site: string): Promise<number> =>
      (await machine.get('/admin/login/', { headers: { Host: `${site}.test` } })).status;
    assert.deepEqual([await statusOf('firstsite'), await statusOf('secondsite')], [200, 200]);
    assert.equal(await logIn(machine, 'firstsite.test'), 302);
    for (const act of ['restart', 'reload', 'stop']) {
      await machine.must(`systemctl ${act} secondsite`);
      assert.equal(await statusOf('firstsite'), 200, act);
    }
    assert.equal(await statusOf('secondsite'), 502);
    // As after a boot.
    await machine.must('systemctl stop firstsite; rm -r /run/uwsgi; systemctl start secondsite');
    assert.equal(await statusOf('secondsite'), 200);
    await machine.must('systemctl start firstsite; reeve disable --yes secondsite');
    assert.equal(await statusOf('firstsite'), 200);
    await machine.must('reeve disable --yes firstsite');
    assert.deepEqual(
      await machine.must('ls /etc/tmpfiles.d; ls -d /run/uwsgi || true'),
      "ls: cannot access '/run/uwsgi': No such file or directory",
    );
  },
  { timeoutMs: 240_000 },
);

machineStory('the Flask tutorial: the socket is in the project, below /home', async (machine) => {
  await addUser(machine, 'sammy');
  // The ini does not name it: the tutorial's own unit has it in PATH.
  const venv = '/home/sammy/myproject/myprojectenv';
  await machine.must(`python3 -m venv --system-site-packages --without-pip ${venv}`);
  await machine.must(`echo 'here = True' >$(echo ${venv}/lib/python3*/site-packages)/only_here.py`);
  machine.write(
    '/home/sammy/myproject/myproject.py',
    'import only_here\nfrom flask import Flask\napp = Flask(__name__)\n\n@app.route("/")\ndef hello():\n' +
      '    return "<h1>Hello There!</h1>"\n',
  );
  machine.write('/home/sammy/myproject/wsgi.py', 'from myproject import app\n');
  machine.write('/home/sammy/myproject/myproject.ini', flaskIni);
  await machine.must('chown -R sammy: /home/sammy; chmod 700 /home/sammy');
  const dry = await machine.must('reeve enable --dry-run /home/sammy/myproject/myproject.ini');
  assert.match(
    dry,
    /ini:7: warning: nginx cannot reach socket = .*: it runs as www-data, which may/,
  );
  assert.match(
    dry,
    /may not enter \/home\/sammy \(of sammy, mode 0700\); `chmod o\+x \/home\/sammy`/,
  );
  machine.stopsAtTheEnd('myproject.service');
  let said = '';
  for (const line of blockOf('tutorials/flask-nginx.md', 'sh').trim().split('\n')) {
    said = await machine.must(line);
  }
  assert.doesNotMatch(said, /warning|error/);
  // What it has printed for nginx.
  const [, snippet = ''] = /# nginx, .*:\n(location \/ \{[^}]*\})/.exec(said) ?? [];
  for (const lines of [snippet, siteOf('tutorials/flask-nginx.md')]) {
    await machine.nginx(lines);
    const answer = await machine.get('/');
    assert.deepEqual([answer.status, answer.text], [200, '<h1>Hello There!</h1>']);
  }
  await machine.must('systemctl restart myproject');
  const checked = 'reeve check /home/sammy/myproject/myproject.ini';
  assert.match(await machine.must(checked), /0 errors, 0 warnings/);
  const changed = flaskIni.replace('660', '660\nchown-socket = sammy:www-data');
  machine.write('/home/sammy/myproject/myproject.ini', changed);
  assert.match(
    await machine.must(checked),
    /myproject.service was written for other settings .*; `reeve enable \/home\/sammy\/.*` writes it/,
  );
  assert.equal((await machine.get('/')).status, 200);
  await machine.must('reeve disable --yes myproject');
  assert.ok(!machine.exists('/home/sammy/myproject/myproject.sock'));
});
