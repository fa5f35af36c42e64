/**
 * The PROXY header, by which a proxy of TCP says at the start of a connection whose it is: versions
 * 1 and 2 of https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt (pure).
 *
 * A header that names no client (UNKNOWN, LOCAL, a family without addresses of IP) leaves the
 * connection as it is. What is no header of the specification is refused: the bytes behind it could
 * mean anything.
 */

import { canonicalAddress } from '../../base/networks.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The connection that the proxy has accepted. */
export interface ProxiedConnection {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** The client speaks TLS with the proxy; false also where the proxy does not say. */
  readonly isTls: boolean;
}

/** What a connection begins with. incomplete: it may still become a header. */
export type Beginning = 'none' | 'incomplete' | 'v1' | 'v2';

export type ProxyReading =
  /** `proxied`: undefined where the header names no client. */
  | {
      readonly kind: 'header';
      readonly proxied: ProxiedConnection | undefined;
      readonly endAt: number;
    }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'refused'; readonly reason: string };

const signature1 = Buffer.from('PROXY ');
const signature2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** With its CRLF; the specification's longest line. */
const LINE_MAX_BYTES = 107;
/** The signature, version and command, family, and the length of the rest. */
const FIXED_BYTES = 16;

const incomplete: ProxyReading = { kind: 'incomplete' };

/** Whether a connection begins with a PROXY header, by its first bytes. */
export function beginningOf(bytes: Buffer): Beginning {
  for (const [signature, version] of [
    [signature1, 'v1'],
    [signature2, 'v2'],
  ] as const) {
    const length = Math.min(signature.length, bytes.length);
    if (signature.compare(bytes, 0, length, 0, length) !== 0) continue;
    return length === signature.length ? version : 'incomplete';
  }
  return 'none';
}

/** Whether it certainly does. */
export function isProxyHeader(bytes: Buffer): boolean {
  const beginning = beginningOf(bytes);
  return beginning === 'v1' || beginning === 'v2';
}

/** Reads the header of that version which begins at `bytes[0]`. */
export function readProxyHeader(bytes: Buffer, version: 'v1' | 'v2'): ProxyReading {
  return version === 'v1' ? readLine(bytes) : readBinary(bytes);
}

const line4 = /^TCP4 ([0-9.]+) ([0-9.]+) (\d{1,5}) (\d{1,5})$/;
const line6 = /^TCP6 ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) (\d{1,5}) (\d{1,5})$/;

function readLine(bytes: Buffer): ProxyReading {
  const end = bytes.indexOf('\r\n');
  const lineBytes = end < 0 ? bytes.length : end + 2;
  if (lineBytes > LINE_MAX_BYTES || (end < 0 && lineBytes === LINE_MAX_BYTES)) {
    return refused(`its line is longer than ${LINE_MAX_BYTES} bytes`);
  }
  if (end < 0) return incomplete;
  const line = bytes.toString('latin1', signature1.length, end);
  // Whatever a proxy writes behind UNKNOWN is to be ignored.
  if (line === 'UNKNOWN' || line.startsWith('UNKNOWN ')) return header(undefined, lineBytes);
  const match = line4.exec(line) ?? line6.exec(line);
  if (match === null) return refused('its line is not one of TCP4, TCP6 or UNKNOWN');
  const [, source = '', destination = '', sourcePort = '', destinationPort = ''] = match;
  const family = line.startsWith('TCP4') ? 4 : 6;
  const from = writtenEnd(source, sourcePort, family);
  const to = writtenEnd(destination, destinationPort, family);
  if (from === undefined || to === undefined) return refused('an address or a port is not valid');
  return header({ source: from, destination: to, isTls: false }, lineBytes);
}

function writtenEnd(text: string, portText: string, family: 4 | 6): Endpoint | undefined {
  const address = text.includes(':') === (family === 6) ? canonicalAddress(text) : undefined;
  const port = Number(portText);
  // A port has no leading zeros, so that it has one way to be written.
  if (address === undefined || port > 65_535 || String(port) !== portText) return undefined;
  return { address, port };
}

const LOCAL = 0;
const PROXY = 1;
/** Family and transport in one byte: TCP over IPv4 and over IPv6, with the length of an address. */
const families: ReadonlyMap<number, 4 | 16> = new Map([
  [0x11, 4],
  [0x21, 16],
]);
/** The last ones that there are: unix sockets, datagrams. */
const FAMILY_MAX = 3;
const TRANSPORT_MAX = 2;

function readBinary(bytes: Buffer): ProxyReading {
  if (bytes.length < FIXED_BYTES) return incomplete;
  const version = bytes.readUInt8(12) >> 4;
  const command = bytes.readUInt8(12) & 0xf;
  if (version !== 2 || command > PROXY) return refused('its version or command is unknown');
  const endAt = FIXED_BYTES + bytes.readUInt16BE(14);
  if (bytes.length < endAt) return incomplete;
  // A proxy that checks whether we live has no client.
  if (command === LOCAL) return header(undefined, endAt);
  const family = bytes.readUInt8(13);
  if (family >> 4 > FAMILY_MAX || (family & 0xf) > TRANSPORT_MAX) {
    return refused('its address family or its transport is unknown');
  }
  const addressBytes = families.get(family);
  // The others have no address of TCP.
  if (addressBytes === undefined) return header(undefined, endAt);
  const rest = bytes.subarray(FIXED_BYTES, endAt);
  if (rest.length < 2 * addressBytes + 4) return refused('it is too short for its addresses');
  const isTls = saysTls(rest.subarray(2 * addressBytes + 4));
  if (isTls === undefined) return refused('a TLV is longer than the header');
  const end = (at: number, portAt: number): Endpoint => ({
    address: addressIn(rest.subarray(at, at + addressBytes)),
    port: rest.readUInt16BE(portAt),
  });
  const source = end(0, 2 * addressBytes);
  const destination = end(addressBytes, 2 * addressBytes + 2);
  return header({ source, destination, isTls }, endAt);
}

function addressIn(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  const address = canonicalAddress(groups.join(':'));
  if (address === undefined) throw new Error('believed that eight groups are an address');
  return address;
}

const TLV_HEAD_BYTES = 3;
const TLV_SSL = 0x20;
/** In the first byte of a TLV of TLS: the client is connected over TLS. */
const CLIENT_SSL = 0x01;

/** Whether one of the TLVs says so, all others are skipped; undefined where their lengths lie. */
function saysTls(tlvs: Buffer): boolean | undefined {
  let isTls = false;
  for (let at = 0; at < tlvs.length;) {
    if (tlvs.length - at < TLV_HEAD_BYTES) return undefined;
    const valueAt = at + TLV_HEAD_BYTES;
    const endAt = valueAt + tlvs.readUInt16BE(at + 1);
    if (endAt > tlvs.length) return undefined;
    if (tlvs[at] === TLV_SSL && endAt > valueAt) {
      isTls ||= (tlvs.readUInt8(valueAt) & CLIENT_SSL) !== 0;
    }
    at = endAt;
  }
  return isTls;
}

function header(proxied: ProxiedConnection | undefined, endAt: number): ProxyReading {
  return { kind: 'header', proxied, endAt };
}

function refused(reason: string): ProxyReading {
  return { kind: 'refused', reason };
}
