/**
 * What reads bytes from outside, and what must hold whatever the bytes are: it never throws but the
 * one error that it announces, and what it lets through keeps the promises that others rely on.
 */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

import { OperatorError } from '../../src/base/operator-error.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { forwardedClient, namedProxies, peerOf } from '../../src/gateway/request/forwarded.ts';
import { mountTable } from '../../src/gateway/request/mounts.ts';
import { readPeerHead } from '../../src/gateway/request/from-peer.ts';
import { readRequestHead } from '../../src/gateway/request/variables.ts';
import type { RequestHead } from '../../src/gateway/request/variables.ts';
import { readResponseHead, writeHead } from '../../src/gateway/http/response-text.ts';
import { beginningOf, readProxyHeader } from '../../src/gateway/http/proxy-header.ts';
import type { Endpoint, ProxiedConnection } from '../../src/gateway/http/proxy-header.ts';
import { readPacketHeader, readVariables } from '../../src/gateway/http/uwsgi-packet.ts';
import { meaningOf } from '../support/frame-text.ts';
import { ends4, ends6, header2, tlsTlv, tlv } from '../support/proxy-header.ts';
import { nginxVariables, packet } from '../support/uwsgi-client.ts';
import { writtenHost } from '../support/written-host.ts';

export interface Target {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Throws where a promise is broken. */
  readonly check: (bytes: Buffer) => void | Promise<void>;
}

const golden = join(import.meta.dirname, '../golden');
const context = {
  serverName: 'host.example',
  serverPort: '8000',
  mounts: mountTable(['', '/shop'], { by: 'manage-script-name' }),
  isNamedProxy: namedProxies(['10.0.0.0/8', 'unix']),
};

/** More of what the formats can say than real files use. */
const settingsFiles = {
  yaml: 'a: &a [1, "x\\ty"]\n---\nuwsgi:\n  env: *a\n  x: !t {b: c}\n  y: |\n    1\n  ? z\n  : - q\n',
  json: '{"uwsgi": {"a": [1.50, 1e99, true, null, {"b": []}], "\\u00e9": "\\ud83d" /* c */}}',
  xml: '<?xml version="1.0"?><c><!-- 😀 --><uwsgi id="a"><env>A&amp;B<![CDATA[<]]></env></uwsgi></c>',
} as const;
const unixPeer = peerOf('', 0, context.isNamedProxy);
const proxy = peerOf('10.0.0.1', 1, context.isNamedProxy);

export const targets: readonly Target[] = [
  { name: 'frames', seeds: frameSeeds(), check: checkFrames },
  { name: 'packets', seeds: packetSeeds(), check: checkPacket },
  { name: 'responses', seeds: responseSeeds(), check: checkResponse },
  { name: 'heads', seeds: headSeeds(), check: checkHead },
  { name: 'proxy headers', seeds: proxySeeds(), check: checkProxyHeader },
  { name: 'ini', seeds: casesOf('config'), check: (bytes) => checkFile('app.ini', bytes) },
  ...(['yaml', 'json', 'xml'] as const).map((name) => ({
    name,
    seeds: [...filesOf(name), Buffer.from(settingsFiles[name])],
    check: (bytes: Buffer) => checkFile(`app.${name}`, bytes),
  })),
];

/** However the stream is cut, it means the same. */
function checkFrames(bytes: Buffer): void {
  const whole = meaningOf(bytes, Infinity);
  for (const step of [1, 7]) assert.equal(meaningOf(bytes, step), whole);
}

function checkPacket(bytes: Buffer): void {
  if (bytes.length < 4) return;
  const { blockBytes } = readPacketHeader(bytes);
  const block = bytes.subarray(4, 4 + blockBytes);
  const variables = readVariables(block);
  if (variables === undefined) return;
  const pairs = variables.flatMap((name, at) =>
    at % 2 === 0 ? [[name, variables[at + 1] ?? ''] as const] : [],
  );
  assert.ok(packet(pairs).subarray(4).equals(block), 'it can be written back');
  for (const cutsScriptName of [true, false]) {
    checkStrings(readPeerHead({ variables, cutsScriptName }, unixPeer, context));
  }
}

/** Whatever a worker sends as a head, what leaves is one head, framed as the gateway says. */
function checkResponse(bytes: Buffer): void {
  const text = bytes.toString('latin1');
  const lines = text.split('\r\n').length - 2;
  const head = readResponseHead({ headers: lines, text });
  if (head.kind === 'refused') return;
  for (const hasBody of [true, false]) {
    const terms = { protocol: 'http', version: '1.1', hasBody, keepsAlive: true } as const;
    const { text: written, isChunked } = writeHead(head, { ...terms, keepAliveHint: '' }, 0);
    assert.equal(written.indexOf('\r\n\r\n'), written.length - 4, 'it ends once');
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(written.replaceAll('\r\n', ''), /[\0-\x08\n-\x1f\x7f]/);
    const [first = '', ...fields] = written.slice(0, -4).split('\r\n');
    assert.match(first, /^HTTP\/1\.1 [2-9]\d\d /);
    const names = fields.map((line) => /^([\w!#$%&'*+.^`|~-]+): /.exec(line)?.[1]?.toLowerCase());
    const count = (name: string): number => names.filter((each) => each === name).length;
    assert.ok(!names.includes(undefined), written);
    assert.equal(count('connection'), 1);
    assert.equal(count('transfer-encoding'), isChunked ? 1 : 0);
    assert.ok(count('content-length') <= 1 && !(isChunked && count('content-length') === 1));
    assert.equal(isChunked, hasBody && !head.hasLength);
  }
}

/** What is read names addresses, ends within the bytes, and does not depend on what follows. */
function checkProxyHeader(bytes: Buffer): void {
  const beginning = beginningOf(bytes);
  if (beginning === 'none' || beginning === 'incomplete') return;
  const reading = readProxyHeader(bytes, beginning);
  if (reading.kind === 'refused') return assert.notEqual(reading.reason, '');
  const end = reading.kind === 'header' ? reading.endAt : bytes.length + 1;
  for (const length of [end - 1, Math.floor(end / 2)]) {
    const part = bytes.subarray(0, length);
    if (beginningOf(part) !== beginning) continue;
    const { kind } = readProxyHeader(part, beginning);
    assert.equal(kind, 'incomplete', `of ${length} bytes`);
  }
  if (reading.kind === 'incomplete') return;
  assert.ok(end <= bytes.length && end <= (beginning === 'v1' ? 107 : 16 + 65_535));
  assert.deepEqual(readProxyHeader(bytes.subarray(0, end), beginning), reading);
  for (const { address, port } of ends(reading.proxied)) {
    assert.notEqual(isIP(address), 0, address);
    assert.ok(Number.isInteger(port) && port >= 0 && port <= 65_535);
  }
}

function ends(proxied: ProxiedConnection | undefined): readonly Endpoint[] {
  return proxied === undefined ? [] : [proxied.source, proxied.destination];
}

function proxySeeds(): Buffer[] {
  const lines = ['TCP4 1.2.3.4 5.6.7.8 1 65535', 'TCP6 ::1 ffff:: 80 443', 'UNKNOWN'];
  return [
    ...lines.map((text) => Buffer.from(`PROXY ${text}\r\nGET / HTTP/1.1\r\n`)),
    header2(),
    header2({ family: 0x21, rest: Buffer.concat([ends6(), tlv(1, [1, 2]), tlsTlv(1)]) }),
    header2({ rest: Buffer.concat([ends4(), tlv(4, [0, 0]), tlsTlv(3)]) }),
    header2({ command: 0x20, family: 0, rest: Buffer.alloc(0) }),
  ];
}

/** The first line is a method and a target, the others are name and value in turn. */
function checkHead(bytes: Buffer): void {
  const [first = '', ...lines] = bytes.toString('latin1').replaceAll('\0', 'x').split('\n');
  // Whatever comes, the parser lets only tokens be names, and NUL nowhere.
  const rawHeaders = lines.map((line, at) =>
    at % 2 === 0 ? line.replace(/[^\w!#$%&'*+.^`|~-]/g, 'x') : line,
  );
  const [method = '', target = '', word] = first.split(' ');
  const version = word === '1.0' ? '1.0' : '1.1';
  const raw = { method, target, version, rawHeaders, bodyBytes: bytes.length } as const;
  const head = readRequestHead(raw, proxy, context);
  checkStrings(head);
  if (head.refusal !== 0) return;
  assert.ok(head.path.startsWith('/') || target === '*', head.path);
  const named = forwardedClient('10.0.0.1', rawHeaders.join(','), context.isNamedProxy);
  if (named !== undefined) assert.notEqual(isIP(named.address), 0);
}

/** What the channel and the application rely on. */
function checkStrings({ strings, refusal, application, contentLength }: RequestHead): void {
  assert.equal(strings.length % 2, 1);
  if (refusal !== 0) {
    assert.equal(application, -1);
    return;
  }
  assert.ok(contentLength >= -1 && Number.isSafeInteger(contentLength));
  const names = strings.filter((_text, at) => at % 2 === 1);
  assert.equal(new Set(names).size, names.length, 'no variable comes twice');
  assert.ok(!names.includes('HTTP_PROXY'));
  for (const text of strings) assert.doesNotMatch(text, /\0|[^\0-\xff]/);
}

/** Each finding about a file names a line that it has. */
async function checkFile(name: string, bytes: Buffer): Promise<void> {
  const text = bytes.toString('utf8');
  try {
    const { diagnostics } = await loadConfiguration([name], writtenHost(new Map([[name, text]])));
    for (const { place } of diagnostics) {
      const line = Number(/^app\.\w+:(\d+)$/.exec(place)?.[1] ?? 1);
      assert.ok(line >= 1 && line <= text.split('\n').length, place);
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
  }
}

function casesOf(folder: string): Buffer[] {
  const names = readdirSync(join(golden, folder)).filter((name) => name.endsWith('.case'));
  return names.map((name) => readFileSync(join(golden, folder, name)));
}

function frameSeeds(): Buffer[] {
  return casesOf('frames').map((text) => {
    const [hex = ''] = text.toString().split(/^---\n/m);
    return Buffer.from(hex.replace(/#.*/g, '').replace(/\s/g, ''), 'hex');
  });
}

function responseSeeds(): Buffer[] {
  return [
    '200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n',
    '204\r\nContent-Length: 0\r\nConnection: close\r\nSet-Cookie: a=b; Path=/\r\n',
    '302 Found\r\nLocation: /\r\nTransfer-Encoding: chunked\r\nDate: x\r\nTE: a\r\n',
    '200 OK\r\nContent-Length: 5\r\ncontent-length: 5\r\nX: \xfc\t\r\nUpgrade: h2c\r\n',
  ].map((text) => Buffer.from(text, 'latin1'));
}

function packetSeeds(): Buffer[] {
  const more = [['HTTP_X_FORWARDED_FOR', '1.1.1.1, 10.0.0.2'] as const, ['HTTPS', 'on'] as const];
  return [
    packet(nginxVariables('GET', '/a?b=c')),
    packet(nginxVariables('POST', '/shop/x', [['CONTENT_LENGTH', '3'], ...more])),
    packet(
      [
        ['SCRIPT_NAME', '/shop'],
        ['PATH_INFO', '/shop/x'],
        ['REQUEST_METHOD', 'GET'],
      ],
      '',
      30,
    ),
  ];
}

/** The golden requests, in the form that `checkHead` reads. */
function headSeeds(): Buffer[] {
  return casesOf('requests').map((text) => {
    const [above = ''] = text.toString().split(/^---\n/m);
    const raw = above
      .replace(/^#.*\n/gm, '')
      .replaceAll('\n', '')
      .replace(/\{\d+ ([^}]+)\}/g, '$1');
    const [line = '', ...headers] = raw.split('\\r\\n');
    const first = line.replace(/ HTTP\/(\S+)$/, ' $1');
    return Buffer.from([first, ...headers.flatMap((each) => each.split(/: ?/, 2))].join('\n'));
  });
}

/** The files with this suffix that golden cases hold. */
function filesOf(suffix: string): Buffer[] {
  return casesOf('config').flatMap((bytes) => {
    const blocks = bytes.toString('utf8').split(/^== /m);
    return blocks
      .filter((block) => block.slice(0, block.indexOf('\n')).endsWith(`.${suffix}`))
      .map((block) => Buffer.from(block.slice(block.indexOf('\n') + 1)));
  });
}
