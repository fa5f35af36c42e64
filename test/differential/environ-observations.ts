/** What an application is told of a request: over HTTP, and over the uwsgi protocol. */

import { hostname } from 'node:os';

import type { RequestOptions } from '../support/http.ts';
import type { Place } from '../support/place.ts';
import { nginxVariables, uwsgiRequest } from '../support/uwsgi-client.ts';
import type { Variables } from '../support/uwsgi-client.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const requests: readonly (readonly [string, string, RequestOptions])[] = [
  ['plain', '/', {}],
  ['path and query', '/caf%C3%A9/a%20b%2Fc?x=%20y&z=a+b', {}],
  ['doubled slashes', '//a//b', {}],
  ['dots', '/a/../b/./c', {}],
  ['no query', '/a?', {}],
  ['HTTP/1.0', '/', { version: '1.0', headers: { Host: 'old.example' } }],
  [
    'headers',
    '/',
    {
      headers: { Host: 'h.example:8', 'X-One': 'a b', 'X-one': 'c', Cookie: 'a=1', Accept: '*/*' },
    },
  ],
  ['taken by http-var', '/', { headers: { 'X-Taken': 'theirs' } }],
  ['underscore', '/', { headers: { X_Under: 'score' } }],
  ['proxy header', '/', { headers: { Proxy: 'http://evil.example' } }],
  ['body', '/', { method: 'POST', body: 'a=b', headers: { 'Content-Type': 'text/x' } }],
  ['forwarded', '/', { headers: { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '10.1.2.3' } }],
  ['method', '/', { method: 'PROPFIND' }],
  ['authorization', '/', { headers: { Authorization: 'Basic dTpw' } }],
];

const ofRouter = [
  ...['http-var = ADDED=a=b', 'http-var = HTTP_X_TAKEN=mine', 'http-var = ADDED_TOO='],
  'http-server-name-as-http-host = true',
];

/** The environ of each request, key by key. */
export function environObservations(
  name: ServerName,
  place: Place,
  option: 'http' | 'http-socket',
): Promise<Observations> {
  const ini = [
    '[uwsgi]',
    `${option} = 127.0.0.1:${place.port}`,
    `chdir = ${place.directory}`,
    MASTER,
    'module = prints_environ',
    'processes = 1',
    'disable-logging = true',
    ...(option === 'http' ? ofRouter : []),
  ];
  place.write('compare.ini', `${ini.join('\n')}\n`);
  const options = { app: 'prints_environ', args: ['--ini', place.path('compare.ini')] };
  return whileServing(name, place, options, async (daemon) => {
    const seen: Record<string, string> = {};
    for (const [what, target, request] of requests) {
      const environ: Record<string, unknown> = JSON.parse((await daemon.get(target, request)).text);
      for (const [key, value] of Object.entries(environ)) {
        seen[`${what}, ${key}`] = steady(key, JSON.stringify(value), place);
      }
    }
    return seen;
  });
}

const packets: readonly (readonly [what: string, target: string, more: Variables])[] = [
  ['plain', '/a', []],
  ['path and query', '/caf%C3%A9/a?x=%20y', []],
  [
    'twice',
    '/',
    [
      ['HTTP_X', '1'],
      ['HTTP_X', '2'],
    ],
  ],
  ['proxy header', '/', [['HTTP_PROXY', 'http://evil.example']]],
  ['script name', '/shop/x', [['SCRIPT_NAME', '/shop']]],
  ['https', '/', [['HTTPS', 'on']]],
  ['scheme', '/', [['UWSGI_SCHEME', 'https']]],
  ['forwarded', '/', [['HTTP_X_FORWARDED_PROTO', 'https']]],
  ['no server name', '/', [['SERVER_NAME', '']]],
];

/** The environ of each packet of the uwsgi protocol, key by key. */
export function packetObservations(name: ServerName, place: Place): Promise<Observations> {
  const path = place.path('app.sock');
  const ini = [
    '[uwsgi]',
    `http-socket = 127.0.0.1:${place.port}`,
    `socket = ${path}`,
    `chdir = ${place.directory}`,
    MASTER,
    'module = prints_environ',
    'disable-logging = true',
  ];
  place.write('compare.ini', `${ini.join('\n')}\n`);
  const options = { app: 'prints_environ', args: ['--ini', place.path('compare.ini')] };
  return whileServing(name, place, options, async () => {
    const seen: Record<string, string> = {};
    for (const [what, target, more] of packets) {
      const answer = await uwsgiRequest({ path }, nginxVariables('GET', target, more));
      const environ: Record<string, unknown> = JSON.parse(answer.text);
      for (const [key, value] of Object.entries(environ)) {
        seen[`${what}, ${key}`] = steady(key, JSON.stringify(value), place);
      }
    }
    return seen;
  });
}

/** Leaves out of a value what differs from run to run. */
export function steady(key: string, value: string, place: Place): string {
  if (key === 'SERVER_NAME') return value.replace(hostname(), 'HOST');
  if (key === 'REMOTE_PORT') return value.replace(/\d+/, 'NUMBER');
  return value.replaceAll(String(place.port), 'PORT').replaceAll(place.directory, 'DIRECTORY');
}
