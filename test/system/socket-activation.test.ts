/** Sockets that a socket unit passes: which are served, as what, and which are refused. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { request } from '../support/http.ts';
import { story } from '../support/place.ts';
import { readProc } from '../support/processes.ts';
import { passing } from '../support/service-manager.ts';
import { until } from '../support/until.ts';
import { nginxVariables, uwsgiRequest } from '../support/uwsgi-client.ts';

const bare = { app: 'hello', bare: true } as const;
const hello = 'module = hello:application\n';

/** What a front server gets that speaks the uwsgi protocol to the path. */
async function peerText(path: string): Promise<string> {
  return (await uwsgiRequest({ path }, nginxVariables('GET', '/'))).raw.toString();
}

story('the same ini is served with a socket unit and without', async (place) => {
  const ini = `http = :${place.port}`;
  const alone = await place.start({ app: 'hello', bare: true, ini: `${hello}${ini}` });
  assert.equal((await alone.get('/')).status, 200);
  await alone.stop();
  const socket = `app.socket=tcp6:${place.port}`;
  const daemon = await place.start({ ...bare, ini: `${hello}${ini}`, wrapper: passing([socket]) });
  assert.equal((await daemon.get('/')).status, 200);
  await daemon.says(
    new RegExp(`listening on \\[::\\]:${place.port} \\(http = :${place.port}: HTTP`),
  );
});

story(
  'sockets of several units are told apart by name and address, not by order',
  async (place) => {
    const [peer, web, name] = [
      place.path('peer.sock'),
      place.path('web.sock'),
      `reeve-${place.port}`,
    ];
    const daemon = await place.start({
      ...bare,
      ini: `${hello}http = :${place.port}\nhttp-socket = ${web}\nuwsgi-socket = fd://nginx\nhttp = @${name}`,
      wrapper: passing([
        `nginx=path:${peer}`,
        `b.socket=abstract:${name}`,
        `http-socket=path:${web}`,
        `http=tcp6:${place.port}`,
      ]),
    });
    assert.equal((await daemon.get('/')).status, 200);
    assert.equal((await request({ path: web }, '/')).status, 200);
    assert.equal((await request({ path: `\0${name}` }, '/')).status, 200);
    assert.match(await peerText(peer), /^HTTP\/1\.\d 200 /);
    await daemon.stop();
    // The sockets are the unit's: their files outlive the service, whatever vacuum says.
    assert.ok(fs.existsSync(peer) && fs.existsSync(web));
  },
);

story(
  'without a listener in the ini a socket is served as `socket`, and that is said',
  async (place) => {
    const path = place.path('app.sock');
    const daemon = await place.start({
      ...bare,
      ini: `${hello}vacuum = true\nchmod-socket = 600`,
      wrapper: passing([`app.socket=path:${path}`]),
    });
    assert.match(await peerText(path), /^HTTP\/1\.\d 200 /);
    await daemon.says(
      /app\.sock is served as socket: systemd passed it, and the ini names no list/,
    );
    await daemon.says(/chmod-socket = 600 does not apply to .*: SocketMode= \(755\)/);
    assert.equal(fs.statSync(path).mode & 0o777, 0o755);
    await daemon.stop();
    assert.ok(fs.existsSync(path));
  },
);

story('`protocol` says what such a socket speaks', async (place) => {
  const wrapper = passing([`app.socket=tcp4:${place.port}`]);
  const daemon = await place.start({ ...bare, ini: `${hello}protocol = http`, wrapper });
  assert.equal((await daemon.get('/')).status, 200);
});

story('of our own socket unit it is served beside what the ini names', async (place) => {
  const path = place.path('blog.sock');
  const wrapper = passing([`reeve=path:${path}`]);
  const daemon = await place.start({ app: 'hello', wrapper });
  assert.equal((await daemon.get('/')).status, 200);
  assert.match(await peerText(path), /^HTTP\/1\.\d 200 /);
});

story('a socket that no listener names is an error that names it: 78', async (place) => {
  const wrapper = passing([`other.socket=path:${place.path('other.sock')}`]);
  const daemon = await place.start({ app: 'hello', wrapper, wait: 'exit' });
  assert.equal(await daemon.exitCode(), 78);
  assert.match(
    daemon.log(),
    /no listener of the ini names the socket on \S*other\.sock that systemd passed \(fd 3, named "other\.socket"\)/,
  );
});

story('a datagram socket is refused: 78', async (place) => {
  const wrapper = passing([`http=datagram:${place.path('d.sock')}`]);
  const daemon = await place.start({ app: 'hello', wrapper, wait: 'exit' });
  assert.equal(await daemon.exitCode(), 78);
  assert.match(daemon.log(), /d\.sock .* cannot be served: it is a datagram socket/);
});

story(
  'sockets that are meant for another process are ignored, and nothing is said',
  async (place) => {
    const wrapper = passing([`x=path:${place.path('x.sock')}`], '--pid', '1');
    const daemon = await place.start({ app: 'hello', wrapper });
    assert.equal((await daemon.get('/')).status, 200);
    assert.doesNotMatch(daemon.log(), /x\.sock|systemd passed/);
  },
);

story(
  'more sockets than a shell has descriptors reach the daemon, and no child of it',
  async (place) => {
    const paths = Array.from({ length: 14 }, (_, index) => place.path(`${index}.sock`));
    const wrapper = passing(paths.map((path) => `http-socket=path:${path}`));
    const daemon = await place.start({ ...bare, ini: hello, wrapper });
    for (const path of paths) assert.equal((await request({ path }, '/')).status, 200);
    const inodes = new Set(
      fs
        .readFileSync('/proc/net/unix', 'utf8')
        .split('\n')
        .filter((line) => paths.some((path) => line.endsWith(path)))
        .map((line) => `socket:[${line.split(/\s+/)[6]}]`),
    );
    for (const role of ['spawner', 'worker 1']) {
      const pid = await daemon.pid(role);
      const links = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => {
        try {
          return fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
        } catch {
          return ''; // Closed while we looked.
        }
      });
      assert.deepEqual(
        links.filter((link) => inodes.has(link)),
        [],
      );
      assert.doesNotMatch(readProc(pid, 'environ') ?? '', /LISTEN_|REEVE_READY/);
    }
  },
);

story(
  'the backlog of the socket unit stays, and a `listen` that is written is said',
  async (place) => {
    const wrapper = passing([`http=tcp4:${place.port}`]);
    const ini = `${hello}http = :${place.port}\nlisten = 70`;
    const daemon = await place.start({ ...bare, ini, wrapper });
    await daemon.says(/listen = 70 does not apply to 0\.0\.0\.0:\d+: Backlog= \(50\)/);
    const { output } = await place.run(['ss', '-Hltn', `sport = :${place.port}`]);
    assert.match(output, /LISTEN\s+0\s+50\s/);
  },
);

story('a reload keeps the sockets, and says what becomes of one that is dropped', async (place) => {
  const path = place.path('a.sock');
  const both = `${hello}http = :${place.port}\nhttp-socket = ${path}`;
  const wrapper = passing([`a.socket=path:${path}`, `b.socket=tcp4:${place.port}`]);
  const daemon = await place.start({ ...bare, ini: both, wrapper });
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await request({ path }, '/')).status, 200);
  daemon.writeIni(`${hello}http = :${place.port}`);
  const from = daemon.mark();
  assert.equal(await daemon.reload(), 'reloaded');
  await daemon.says(/no listener of the ini names .*a\.sock.* any more: clients .* get no answer/, {
    from,
  });
  assert.equal((await daemon.get('/')).status, 200);
  // Its clients wait, and are answered when the option is back.
  const waiting = request({ path }, '/');
  daemon.writeIni(both);
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await waiting).status, 200);
});

story('`daemonize` hands the sockets on to the process in the background', async (place) => {
  const pidfile = place.path('pid');
  const ini = `${hello}http = :${place.port}\ndaemonize = ${place.path('background.log')}\npidfile = ${pidfile}`;
  const wrapper = passing([`x.socket=tcp6:${place.port}`]);
  const command = await place.start({ ...bare, ini, wrapper, wait: 'exit' });
  assert.equal(await command.exitCode(), 0, command.log());
  assert.match(place.read('background.log'), /listening on \[::\]:\d+ \(http = :\d+:/);
  assert.equal((await command.get('/')).status, 200);
  const pid = Number(fs.readFileSync(pidfile, 'utf8'));
  process.kill(pid, 'SIGQUIT');
  await until('it has gone', () => !fs.existsSync(`/proc/${pid}`));
});

story('variables without sockets are said to be wrong, and cost nothing', async (place) => {
  for (const count of ['5', '99999999999']) {
    const wrapper = ['sh', '-c', `export LISTEN_PID=$$ LISTEN_FDS=${count}; exec "$@"`, 'sh'];
    const daemon = await place.start({ app: 'hello', wrapper });
    await daemon.says(new RegExp(`LISTEN_FDS="?${count}"? .*(no socket: left alone|ignored)`));
    assert.equal((await daemon.get('/')).status, 200);
    await daemon.stop();
  }
});
