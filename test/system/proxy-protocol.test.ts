/** Real proxies of TCP that say by PROXY headers whose a connection is: HAProxy, and nginx. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';

import { exchange } from '../support/http.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { isListening } from '../support/sockets.ts';
import { until } from '../support/until.ts';

const cannotRun = (program: string, flag: string): string | false =>
  spawnSync(program, [flag]).status !== 0 && `there is no ${program}`;
const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** The proxy runs while `tell` does. */
async function during(
  place: Place,
  command: readonly [string, ...string[]],
  ports: readonly number[],
  tell: () => Promise<void>,
): Promise<void> {
  const [program, ...args] = command;
  const proxy = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: place.environment(),
  });
  try {
    await until(`${program} listens`, () => ports.every(isListening));
    await tell();
  } finally {
    proxy.kill('SIGTERM');
    if (proxy.exitCode === null && proxy.signalCode === null) await once(proxy, 'exit');
  }
}

/** What the application sees of a request that comes from 127.0.0.7. */
function environOf(port: number, scheme: 'http' | 'https' = 'http'): Promise<Environ> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', localAddress: '127.0.0.7', agent: false } as const;
    const answered = (response: http.IncomingMessage): void => {
      let text = '';
      response.on('data', (piece: Buffer) => (text += piece.toString()));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    };
    const asked =
      scheme === 'http'
        ? http.get(options, answered)
        : https.get({ ...options, rejectUnauthorized: false }, answered);
    asked.on('error', reject);
  });
}

type Environ = Readonly<Record<string, string | undefined>>;

/** A certificate for the proxy; '' where none can be made here. */
function certificateAt(place: Place): string {
  const [key, certificate] = [place.path('key.pem'), place.path('certificate.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '1', '-subj', '/CN=test', '-keyout', key, '-out', certificate],
  ]);
  if (made.status !== 0) return '';
  return place.write('both.pem', readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'));
}

story(
  'HAProxy in front: send-proxy, send-proxy-v2 and its TLVs, over TCP and unix, kept or not',
  async (place) => {
    const unix = place.path('app.sock');
    await place.start({
      app: 'prints_environ',
      ini:
        `http-socket = ${unix}\nchmod-socket = 666\nvacuum = true\n` +
        'enable-proxy-protocol = true\ntrusted-proxies = 127.0.0.1, unix',
    });
    const tcp = `127.0.0.1:${place.port}`;
    const servers: Readonly<Record<string, string>> = {
      one: `${tcp} send-proxy`,
      two: `${tcp} send-proxy-v2 proxy-v2-options authority,crc32c,unique-id`,
      overUnix: `unix@${unix} send-proxy-v2`,
      overTls: `${tcp} send-proxy-v2-ssl-cn`,
    };
    const ports = new Map<string, number>();
    for (const name of Object.keys(servers)) ports.set(name, await place.anotherPort());
    const certificate = certificateAt(place);
    const sections = Object.entries(servers).map(([name, server]) => {
      const tls = name === 'overTls' && certificate !== '' ? ` ssl crt ${certificate}` : '';
      return `listen ${name}\n bind 127.0.0.1:${ports.get(name)}${tls}\n server s ${server}\n`;
    });
    const times = 'timeout connect 9s\n timeout client 60s\n timeout server 60s\n';
    const file = place.write(
      'haproxy.cfg',
      `global\n maxconn 100\ndefaults\n mode tcp\n ${times}${sections.join('')}`,
    );
    await during(place, ['haproxy', '-db', '-f', file], [...ports.values()], async () => {
      for (const [name, port] of ports) {
        const isTls = name === 'overTls' && certificate !== '';
        const environ = await environOf(port, isTls ? 'https' : 'http');
        assert.equal(environ.REMOTE_ADDR, '127.0.0.7', name);
        assert.match(environ.REMOTE_PORT ?? '', /^\d+$/, name);
        assert.equal(environ['wsgi.url_scheme'], isTls ? 'https' : 'http', name);
        const isOverUnix = name === 'overUnix';
        assert.equal(environ.SERVER_ADDR, isOverUnix ? '127.0.0.1' : undefined, name);
        assert.equal(environ.SERVER_PORT, String(isOverUnix ? port : place.port), name);
      }
      const twice =
        'GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
      const raw = await exchange({ port: ports.get('two') ?? 0 }, Buffer.from(twice));
      assert.equal(raw.toString('latin1').split('HTTP/1.1 200 OK').length, 3);
    });
  },
  { skip: cannotRun('haproxy', '-v') },
);

story(
  'nginx in front: proxy_protocol in a stream server; a proxy without a name is refused',
  async (place) => {
    const daemon = await place.start({
      app: 'prints_environ',
      ini: 'http-enable-proxy-protocol = true\ntrusted-proxies = 127.0.0.1',
    });
    const front = await place.anotherPort();
    const file = place.write(
      'nginx.conf',
      `load_module ${streamModule};
      daemon off; pid ${place.path('nginx.pid')}; error_log stderr; worker_processes 1;
      events { worker_connections 128; }
      stream { server { listen 127.0.0.1:${front}; proxy_pass 127.0.0.1:${place.port};
        proxy_protocol on; } }`,
    );
    await during(place, ['nginx', '-c', file], [front], async () => {
      const { REMOTE_ADDR, SERVER_PORT } = await environOf(front);
      assert.deepEqual([REMOTE_ADDR, SERVER_PORT], ['127.0.0.7', String(place.port)]);
      await daemon.says(/\] 127\.0\.0\.7 \(\) .* GET \/ =>/);
      daemon.writeIni('http-enable-proxy-protocol = true\ntrusted-proxies = 192.0.2.1');
      assert.equal(await daemon.reload(), 'reloaded');
      await assert.rejects(environOf(front), /^Error: 400: /);
      await daemon.says(/proxy-header\.refused .*write trusted-proxies = 127\.0\.0\.1/);
    });
  },
  {
    skip:
      cannotRun('nginx', '-v') ||
      (spawnSync('test', ['-e', streamModule]).status !== 0 && 'its stream module is missing'),
  },
);
