/** Whose a connection is, by its PROXY header: over the router and over http-socket. */

import { exchange } from '../support/http.ts';
import type { Place } from '../support/place.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const headers: Readonly<Record<string, string>> = {
  none: '',
  TCP4: 'PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n',
  TCP6: 'PROXY TCP6 2001:db8::9 2001:db8::1 4711 443\r\n',
  UNKNOWN: 'PROXY UNKNOWN\r\n',
  'UNKNOWN with addresses': 'PROXY UNKNOWN 203.0.113.9 192.0.2.1 4711 443\r\n',
  'no port': 'PROXY TCP4 203.0.113.9 192.0.2.1\r\n',
};

const listeners = [
  ['http', 'http-enable-proxy-protocol'],
  ['http', 'enable-proxy-protocol'],
  ['http-socket', 'enable-proxy-protocol'],
] as const;

const shown = ['REMOTE_ADDR', 'REMOTE_PORT', 'SERVER_ADDR', 'SERVER_PORT'];

/** What the application has of the client and the server; "refused" for no answer, or 400. */
export async function proxyObservations(name: ServerName, place: Place): Promise<Observations> {
  const seen: Record<string, string> = {};
  for (const [listener, option] of listeners) {
    const ini = [
      ...['[uwsgi]', MASTER, 'module = prints_environ', 'disable-logging = true'],
      ...[`${listener} = 127.0.0.1:${place.port}`, `chdir = ${place.directory}`],
      `${option} = true`,
    ];
    if (name === 'reeve') ini.push('trusted-proxies = 127.0.0.1');
    place.write('compare.ini', `${ini.join('\n')}\n`);
    const options = { app: 'prints_environ', args: ['--ini', place.path('compare.ini')] };
    await whileServing(name, place, options, async () => {
      for (const [what, header] of Object.entries(headers)) {
        seen[`${listener} with ${option}, ${what}`] = await saidOf(place.port, header);
      }
    });
  }
  return seen;
}

async function saidOf(port: number, header: string): Promise<string> {
  const request = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
  const raw = await exchange({ port }, Buffer.from(header + request));
  const text = raw.toString('latin1');
  if (!text.startsWith('HTTP/1.1 200')) return 'refused';
  const environ: Record<string, string> = JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
  const values = shown.map((variable) => environ[variable] ?? '-');
  return values.map((value) => (value === String(port) ? 'own' : steady(value))).join(' ');
}

/** A port that the kernel has chosen. */
function steady(value: string): string {
  return /^\d{4,5}$/.test(value) && value !== '4711' ? 'chosen' : value;
}
