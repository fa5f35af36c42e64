/** `socket = …` speaks the uwsgi protocol: with packets written here, and with nginx in front. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

import { connect, request } from '../support/http.ts';
import type { Address } from '../support/http.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { isListening } from '../support/sockets.ts';
import { until } from '../support/until.ts';
import { nginxVariables, packet, uwsgiRequest } from '../support/uwsgi-client.ts';

const cannotRunNginx = spawnSync('nginx', ['-v']).status !== 0 && 'there is no nginx';

/** Starts the application behind `socket`, on a port and on a unix socket. */
async function behindSocket(place: Place, app: string, ini = '') {
  const port = await place.anotherPort();
  const path = place.path('app.sock');
  const daemon = await place.start({
    app,
    ini: `socket = 127.0.0.1:${port}\nsocket = ${path}\nchmod-socket = 666\nvacuum = true\n${ini}`,
  });
  return { daemon, port, path };
}

story('an application is told what its front server says, over TCP and unix', async (place) => {
  const { port, path } = await behindSocket(place, 'prints_environ');
  for (const address of [{ port }, { path }] satisfies Address[]) {
    const variables = nginxVariables('GET', '/caf%C3%A9?a=b', [['MINE', 'x y']]);
    const answer = await uwsgiRequest(address, variables);
    assert.equal(answer.status, 200);
    const environ = JSON.parse(answer.text);
    assert.equal(environ.REQUEST_URI, '/caf%C3%A9?a=b');
    assert.equal(environ.REMOTE_ADDR, '192.0.2.7');
    assert.equal(environ.SERVER_NAME, 'front.example');
    assert.equal(environ.MINE, 'x y');
    assert.equal(environ.SCRIPT_NAME, '');
  }
});

story('the request line names the client, not the front server', async (place) => {
  const { daemon, port } = await behindSocket(place, 'hello');
  await uwsgiRequest({ port }, nginxVariables('GET', '/seen'));
  await daemon.says(/\] 192\.0\.2\.7 \(\) .* GET \/seen => generated 5 bytes/);
});

story('a body arrives whole, in memory or by way of a file', async (place) => {
  const { port } = await behindSocket(place, 'reads_input');
  for (const length of [3, 70_000, 3_000_000]) {
    const more = [['CONTENT_LENGTH', String(length)]] as const;
    const variables = nginxVariables('POST', '/read', more);
    const answer = await uwsgiRequest({ port }, variables, 'x'.repeat(length));
    assert.equal(JSON.parse(answer.text).length, length);
  }
});

story('a packet that is sent behind another is served after it', async (place) => {
  const { port } = await behindSocket(place, 'reads_input');
  const first = packet(nginxVariables('POST', '/read', [['CONTENT_LENGTH', '3']]), 'abc');
  const second = packet(nginxVariables('GET', '/nothing'));
  const socket = connect({ port });
  let text = '';
  socket.on('data', (piece: Buffer) => (text += piece.toString()));
  socket.write(Buffer.concat([first, second]));
  await once(socket, 'close');
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
  assert.match(text, /"length": 3[^]*"length": 0/);
});

story('a peer that is slow to send its body holds no worker', async (place) => {
  const { port } = await behindSocket(place, 'reads_input', 'processes = 1');
  const variables = nginxVariables('POST', '/read', [['CONTENT_LENGTH', '6']]);
  const slow = connect({ port });
  let text = '';
  slow.on('data', (piece: Buffer) => (text += piece.toString()));
  slow.write(packet(variables, 'abc'));
  assert.equal((await uwsgiRequest({ port }, nginxVariables('GET', '/nothing'))).status, 200);
  slow.write('def');
  await once(slow, 'close');
  assert.match(text, /"length": 6/);
});

story('a peer that is slow to take an answer or a file holds no worker', async (place) => {
  const { daemon, port } = await behindSocket(place, 'sends_files', 'processes = 1');
  const size = 16 * 1024 * 1024;
  const path = place.write('large', 'x'.repeat(size));
  for (const target of [`/pieces?size=${size}`, `/file?path=${path}`]) {
    const slow = connect({ port });
    slow.write(packet(nginxVariables('GET', target)));
    slow.pause();
    await until('it is answered', () => daemon.log().includes(`GET ${target} =>`));
    assert.equal((await uwsgiRequest({ port }, nginxVariables('GET', '/quick'))).text, 'quick');
    let bytes = 0;
    slow.on('data', (piece) => (bytes += piece.length));
    slow.resume();
    await once(slow, 'close');
    assert.ok(bytes > size, `only ${bytes} bytes of ${target}`);
  }
});

story('what is no request costs its connection alone', async (place) => {
  const { daemon, port } = await behindSocket(place, 'hello');
  const nonsense = [
    Buffer.from([0, 5, 0, 0, 255, 255, 0, 0, 0]),
    packet([]),
    packet([['A', 'b']], '', 17),
  ];
  for (const bytes of nonsense) {
    const socket = connect({ port });
    socket.on('data', () => assert.fail('nonsense was answered'));
    socket.write(bytes);
    await once(socket, 'close');
  }
  assert.equal((await uwsgiRequest({ port }, [['PATH_INFO', '/']])).status, 400);
  assert.equal((await uwsgiRequest({ port }, nginxVariables('GET', '/'))).text, 'hello');
  assert.deepEqual(daemon.timesSaid(/internal error|crashed/), 0);
});

story('an HTTP client on it is told, and so is the operator, once', async (place) => {
  const { daemon, port } = await behindSocket(place, 'hello');
  for (let time = 0; time < 3; time += 1) {
    assert.equal((await request({ port }, '/')).status, 400);
  }
  await daemon.says(/an HTTP client spoke to socket = .*: use http-socket/);
  assert.equal(daemon.timesSaid(/an HTTP client spoke to/), 1);
});

story('a reload loses nothing of it', async (place) => {
  const { daemon, port } = await behindSocket(place, 'hello', 'processes = 2');
  let isOver = false;
  const statuses = new Set<string>();
  const client = async (): Promise<void> => {
    while (!isOver) {
      const seen = await uwsgiRequest({ port }, nginxVariables('GET', '/')).catch(String);
      statuses.add(typeof seen === 'string' ? seen : `${seen.status} ${seen.complete}`);
    }
  };
  const clients = [client(), client()];
  assert.equal(await daemon.reload(), 'reloaded');
  daemon.writeIni(`socket = 127.0.0.1:${port}\nharakiri = 50`);
  assert.equal(await daemon.reload(), 'reloaded');
  isOver = true;
  await Promise.all(clients);
  assert.deepEqual([...statuses], ['200 true']);
});

story(
  'nginx in front: uwsgi_pass by TCP and unix, kept alive or not, and proxy_pass',
  async (place) => {
    const { port, path } = await behindSocket(place, 'reads_input', 'processes = 2\nthreads = 2');
    const front = await place.anotherPort();
    const pass: Readonly<Record<string, string>> = {
      '/tcp/': `uwsgi_pass 127.0.0.1:${port}`,
      '/unix/': `uwsgi_pass unix:${path}`,
      '/kept/': 'uwsgi_pass kept',
      '/proxy/': `proxy_pass http://127.0.0.1:${place.port}/`,
    };
    const locations = Object.entries(pass).map(
      ([prefix, to]) =>
        `location ${prefix} { rewrite ^${prefix}(.*)$ /$1 break; include /etc/nginx/uwsgi_params;` +
        ` uwsgi_param PATH_INFO $uri; ${to}; }`,
    );
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${place.path(`nginx-${kind}`)};`,
    );
    place.write(
      'nginx.conf',
      `daemon off; pid ${place.path('nginx.pid')}; error_log stderr; worker_processes 1;
      events { worker_connections 128; }
      http { access_log off; client_max_body_size 10m; ${temporary.join(' ')}
        upstream kept { server unix:${path}; keepalive 4; }
        server { listen 127.0.0.1:${front}; ${locations.join('\n')} } }`,
    );
    const nginx = spawn('nginx', ['-c', place.path('nginx.conf')], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: place.environment(),
    });
    try {
      await until('nginx listens', () => isListening(front));
      for (const prefix of Object.keys(pass)) {
        for (const body of ['abc', 'x'.repeat(2_000_000), 'd']) {
          const answer = await request({ port: front }, `${prefix}read`, { method: 'POST', body });
          assert.equal(answer.status, 200, prefix);
          assert.equal(JSON.parse(answer.text).length, body.length, prefix);
        }
      }
    } finally {
      nginx.kill('SIGTERM');
      await once(nginx, 'exit');
    }
  },
  { skip: cannotRunNginx },
);
