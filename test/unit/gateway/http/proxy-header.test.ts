/** PROXY headers of both versions: what each says, and what is none. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { beginningOf, readProxyHeader } from '../../../../src/gateway/http/proxy-header.ts';
import { ends4, ends6, header2, tlsTlv, tlv } from '../../../support/proxy-header.ts';

const client4 = '203.0.113.9:4711 to 192.0.2.1:443';
const client6 = '2001:db8::9:4711 to 2001:db8::1:443';

/** What bytes say: "CLIENT to SERVER", "own" for the connection itself, or why they are refused. */
function meaningOf(bytes: Buffer): string {
  const beginning = beginningOf(bytes);
  if (beginning === 'none' || beginning === 'incomplete') return beginning;
  const reading = readProxyHeader(bytes, beginning);
  if (reading.kind === 'incomplete') return 'incomplete';
  if (reading.kind === 'refused') return `refused: ${reading.reason}`;
  const { proxied, endAt } = reading;
  const rest = endAt === bytes.length ? '' : `, then ${bytes.toString('latin1', endAt)}`;
  if (proxied === undefined) return `own${rest}`;
  const { source, destination, isTls } = proxied;
  const ends = `${source.address}:${source.port} to ${destination.address}:${destination.port}`;
  return `${ends}${isTls ? ' over TLS' : ''}${rest}`;
}

const notOfThree = 'refused: its line is not one of TCP4, TCP6 or UNKNOWN';
const invalidEnd = 'refused: an address or a port is not valid';
const tooLong = 'refused: its line is longer than 107 bytes';
const longestLine = 'PROXY TCP6 ffff:f...f:ffff ffff:f...f:ffff 65535 65535'.replaceAll(
  'ffff:f...f:ffff',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
);

const lines: readonly (readonly [text: string, meaning: string])[] = [
  ['PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n', client4],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\nGET /', `${client4}, then GET /`],
  ['PROXY TCP6 2001:db8::9 2001:db8::1 4711 443\r\n', client6],
  ['PROXY TCP6 2001:DB8:0:0:0:0:0:9 2001:db8::0:1 4711 443\r\n', client6],
  ['PROXY TCP6 ::ffff:203.0.113.9 ::ffff:192.0.2.1 4711 443\r\n', client4],
  ['PROXY TCP4 255.255.255.255 0.0.0.0 0 65535\r\n', '255.255.255.255:0 to 0.0.0.0:65535'],
  [
    `${longestLine}\r\n`,
    `${Array(8).fill('ffff').join(':')}:65535 to ${Array(8).fill('ffff').join(':')}:65535`,
  ],
  ['PROXY UNKNOWN\r\n', 'own'],
  ['PROXY UNKNOWN\r\nGET /', 'own, then GET /'],
  ['PROXY UNKNOWN 203.0.113.9 192.0.2.1 4711 443\r\n', 'own'],
  [`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`, 'own'],
  [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, tooLong],
  [`PROXY ${'x'.repeat(200)}`, tooLong],
  [`PROXY TCP4 ${'1'.repeat(96)}`, tooLong],
  ['PROXY', 'incomplete'],
  ['P', 'incomplete'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 4711 443', 'incomplete'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r', 'incomplete'],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\n\r\n', notOfThree],
  ['PROXY UNKNOWN\nGET / HTTP/1.1\r\n', notOfThree],
  ['PROXY UNKNOWNS\r\n', notOfThree],
  ['PROXY \r\n', notOfThree],
  ['PROXY TCP4\r\n', notOfThree],
  ['PROXY UDP4 203.0.113.9 192.0.2.1 4711 443\r\n', notOfThree],
  ['PROXY tcp4 203.0.113.9 192.0.2.1 4711 443\r\n', notOfThree],
  ['PROXY  TCP4 203.0.113.9 192.0.2.1 4711 443\r\n', notOfThree],
  ['PROXY TCP4  203.0.113.9 192.0.2.1 4711 443\r\n', notOfThree],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 4711 443 \r\n', notOfThree],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 4711\r\n', notOfThree],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 -1 443\r\n', notOfThree],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 4711 443 5\r\n', notOfThree],
  ['PROXY TCP4 host.example 192.0.2.1 4711 443\r\n', notOfThree],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 65536 443\r\n', invalidEnd],
  ['PROXY TCP4 203.0.113.9 192.0.2.1 04711 443\r\n', invalidEnd],
  ['PROXY TCP4 203.0.113.256 192.0.2.1 4711 443\r\n', invalidEnd],
  ['PROXY TCP4 203.0.113 192.0.2.1 4711 443\r\n', invalidEnd],
  ['PROXY TCP4 203.000.113.009 192.0.2.1 4711 443\r\n', invalidEnd],
  ['PROXY TCP6 203.0.113.9 192.0.2.1 4711 443\r\n', invalidEnd],
  ['PROXY TCP6 2001:db8:::9 2001:db8::1 4711 443\r\n', invalidEnd],
  ['PROXY TCP4 203.0.113.9\0 192.0.2.1 4711 443\r\n', notOfThree],
  ['GET / HTTP/1.1\r\n', 'none'],
  ['PUT / HTTP/1.1\r\n', 'none'],
  ['PROXYX', 'none'],
  ['proxy TCP4 203.0.113.9 192.0.2.1 4711 443\r\n', 'none'],
  [' PROXY UNKNOWN\r\n', 'none'],
  ['\r\n', 'incomplete'],
  ['\r\nGET / HTTP/1.1\r\n', 'none'],
];

const all = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const shortAddresses = 'refused: it is too short for its addresses';
const wrongTlv = 'refused: a TLV is longer than the header';
const unknownCommand = 'refused: its version or command is unknown';
const unknownFamily = 'refused: its address family or its transport is unknown';

const binaries: readonly (readonly [what: string, bytes: Buffer, meaning: string])[] = [
  ['TCP over IPv4', header2(), client4],
  ['a request behind it', all(header2(), Buffer.from('GET /')), `${client4}, then GET /`],
  ['TCP over IPv6', header2({ family: 0x21, rest: ends6() }), client6],
  ['a TLV', header2({ rest: all(ends4(), tlv(0x02, [1, 2, 3])) }), client4],
  ['an empty TLV', header2({ rest: all(ends4(), tlv(0x04, [])) }), client4],
  ['TLS', header2({ rest: all(ends4(), tlsTlv(1)) }), `${client4} over TLS`],
  ['TLS with a certificate', header2({ rest: all(ends4(), tlsTlv(7)) }), `${client4} over TLS`],
  [
    'TLS behind others',
    header2({ family: 0x21, rest: all(ends6(), tlv(1, [0x68]), tlsTlv(1)) }),
    `${client6} over TLS`,
  ],
  ['no TLS', header2({ rest: all(ends4(), tlsTlv(0)) }), client4],
  ['an empty TLV of TLS', header2({ rest: all(ends4(), tlv(0x20, [])) }), client4],
  ['the longest', header2({ rest: all(ends4(), tlv(0x04, Array(65_520).fill(0))) }), client4],
  ['LOCAL without addresses', header2({ command: 0x20, family: 0, rest: Buffer.alloc(0) }), 'own'],
  ['LOCAL with addresses', header2({ command: 0x20 }), 'own'],
  ['LOCAL of a family that is none', header2({ command: 0x20, family: 0xff }), 'own'],
  ['an unspecified family', header2({ family: 0, rest: Buffer.alloc(0) }), 'own'],
  ['a unix socket', header2({ family: 0x31, rest: Buffer.alloc(216) }), 'own'],
  ['datagrams', header2({ family: 0x12 }), 'own'],
  ['version 1 in binary', header2({ command: 0x11 }), unknownCommand],
  ['version 3', header2({ command: 0x31 }), unknownCommand],
  ['a command that is none', header2({ command: 0x22 }), unknownCommand],
  ['a family that is none', header2({ family: 0x41 }), unknownFamily],
  ['a transport that is none', header2({ family: 0x13 }), unknownFamily],
  ['no addresses', header2({ rest: Buffer.alloc(0) }), shortAddresses],
  ['half an address', header2({ rest: ends4().subarray(0, 11) }), shortAddresses],
  ['addresses of IPv4 for IPv6', header2({ family: 0x21 }), shortAddresses],
  ['a TLV beyond the end', header2({ rest: all(ends4(), tlv(2, [1], 2)) }), wrongTlv],
  ['half a TLV', header2({ rest: all(ends4(), Buffer.from([2, 0])) }), wrongTlv],
  ['a length beyond what came', header2({ lengthBytes: 65_535 }), 'incomplete'],
  ['the signature alone', header2().subarray(0, 12), 'incomplete'],
  ['half of the signature', header2().subarray(0, 6), 'incomplete'],
  ['all but its last byte', header2().subarray(0, -1), 'incomplete'],
];

describe('a PROXY header', () => {
  for (const [text, meaning] of lines) {
    test(`${JSON.stringify(text.slice(0, 70))} is ${meaning}`, () => {
      assert.equal(meaningOf(Buffer.from(text, 'latin1')), meaning);
    });
  }
  for (const [what, bytes, meaning] of binaries) {
    test(`of version 2, ${what}, is ${meaning}`, () => assert.equal(meaningOf(bytes), meaning));
  }
});

test('a header that comes byte by byte means the same', () => {
  for (const bytes of [header2(), Buffer.from('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n')]) {
    for (let length = 1; length < bytes.length; length += 1) {
      assert.equal(meaningOf(bytes.subarray(0, length)), 'incomplete');
    }
    assert.equal(meaningOf(bytes), client4);
  }
});
