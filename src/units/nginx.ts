/** PURE. nginx in front of an application: what it needs to be told, and as whom it runs. */

import { absolute } from '../config/values/absolute-path.ts';
import { readAddress } from '../config/values/addresses.ts';
import { directoryOf, listenerOptions } from './paths.ts';

import type { Address } from '../config/values/addresses.ts';
import type { Settings } from '../tables/options/options.ts';
import type { Reading } from './paths.ts';

interface Upstream {
  readonly protocol: 'uwsgi' | 'http';
  /** As nginx writes it: `unix:/run/app.sock`, `127.0.0.1:8000`. */
  readonly server: string;
}

/** The ports of web servers: what listens there is itself the front. */
const frontPorts = [80, 443];

/**
 * The lines for nginx's configuration, for the first listener that it can reach, unix sockets
 * before TCP; '' without one.
 */
export function nginxSnippet(reading: Reading, name: string): string {
  const all = upstreams(reading);
  const upstream = all.find(({ server }) => server.startsWith('unix:')) ?? all[0];
  if (upstream === undefined) return '';
  if (upstream.protocol === 'uwsgi') {
    return (
      '# nginx, in the server { } of the site:\n' +
      'location / {\n    include uwsgi_params;\n' +
      `    uwsgi_pass ${upstream.server};\n}\n`
    );
  }
  const title = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return (
    '# nginx, beside the server { } of the site:\n' +
    `upstream ${title} {\n    server ${upstream.server};\n    keepalive 16;\n}\n` +
    '# nginx, in the server { } of the site:\n' +
    `location / {\n    proxy_pass http://${title};\n` +
    '    proxy_http_version 1.1;\n    proxy_set_header Connection "";\n' +
    '    proxy_set_header Host $http_host;\n' +
    '    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n' +
    '    proxy_set_header X-Forwarded-Proto $scheme;\n}\n'
  );
}

/** The user and group in nginx.conf: `user www-data;`, `user nginx web;`. */
export function nginxUser(
  configuration: string,
): readonly [user: string, group: string] | undefined {
  const [, user = '', group = user] =
    /^\s*user\s+([^\s;]+)(?:\s+([^\s;]+))?\s*;/m.exec(configuration) ?? [];
  return user === '' ? undefined : [user, group];
}

function upstreams(reading: Reading): readonly Upstream[] {
  return listenerOptions.flatMap((option) => {
    const protocol = protocolOf(option, reading.settings);
    return reading.settings[option].flatMap(({ text }) => {
      const read = readAddress(text);
      const server = read.kind === 'address' ? serverAt(read.address, reading) : '';
      return server === '' ? [] : [{ protocol, server }];
    });
  });
}

function protocolOf(
  option: (typeof listenerOptions)[number],
  settings: Settings,
): Upstream['protocol'] {
  if (option === 'uwsgi-socket') return 'uwsgi';
  return option === 'socket' && settings.protocol === 'uwsgi' ? 'uwsgi' : 'http';
}

/** '' for what nginx cannot reach. */
function serverAt(address: Address, reading: Reading): string {
  if (address.kind === 'path') return `unix:${absolute(address.path, directoryOf(reading))}`;
  if (address.kind === 'abstract' || frontPorts.includes(address.port)) return '';
  const { host, port } = address;
  if (['', '0.0.0.0', 'localhost'].includes(host)) return `127.0.0.1:${port}`;
  if (host === '::') return `[::1]:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
