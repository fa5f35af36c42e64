/** A front server in small: speaks the uwsgi protocol as nginx's uwsgi_pass does. */

import { exchange, parseAnswer } from './http.ts';
import type { Address, Answer } from './http.ts';

export type Variables = readonly (readonly [name: string, value: string])[];

/** One packet, with its body behind it. */
export function packet(variables: Variables, body = '', modifier1 = 0): Buffer {
  const block = Buffer.concat(variables.flat().map(sized));
  const head = Buffer.from([modifier1, block.length & 0xff, block.length >> 8, 0]);
  return Buffer.concat([head, block, Buffer.from(body)]);
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.from([bytes.length & 0xff, bytes.length >> 8]), bytes]);
}

/** The variables that nginx's own uwsgi_params name, for a request on its port 80. */
export function nginxVariables(method: string, target: string, more: Variables = []): Variables {
  const [path = '', query = ''] = target.split('?');
  return [
    ['QUERY_STRING', query],
    ['REQUEST_METHOD', method],
    ['CONTENT_TYPE', ''],
    ['CONTENT_LENGTH', ''],
    ['REQUEST_URI', target],
    ['PATH_INFO', decodeURIComponent(path)],
    ['DOCUMENT_ROOT', '/usr/share/nginx/html'],
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['REQUEST_SCHEME', 'http'],
    ['REMOTE_ADDR', '192.0.2.7'],
    ['REMOTE_PORT', '4711'],
    ['SERVER_PORT', '80'],
    ['SERVER_NAME', 'front.example'],
    ['HTTP_HOST', 'front.example'],
    ...more,
  ];
}

/** Sends one request and returns its answer. */
export async function uwsgiRequest(
  address: Address,
  variables: Variables,
  body = '',
): Promise<Answer> {
  const startMs = performance.now();
  const raw = await exchange(address, packet(variables, body));
  const method = variables.find(([name]) => name === 'REQUEST_METHOD')?.[1] ?? '';
  return parseAnswer(raw, method, performance.now() - startMs);
}
