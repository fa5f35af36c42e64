/**
 * What a descriptor is that somebody else opened: which kind of socket, whether it listens, where
 * it is bound, and how many clients may wait at it.
 */
import { SocketAddress } from 'node:net';

import { callLibc, lastErrno, SystemCallError } from '../libc.ts';
import { UNIX_NAME_BYTES } from './listening-sockets.ts';
import { unixQueue, type ClientQueue } from './unix-backlog.ts';

/** Where a socket is bound; `other` is of a family that we do not serve, or bound to nothing. */
export type BoundAddress =
  | {
      readonly kind: 'tcp';
      /** Numeric, "0.0.0.0" or "::1", as `canonicalHost` writes it. */
      readonly host: string;
      readonly port: number;
      /** An IPv6 socket that takes IPv4 clients too (BindIPv6Only=both). */
      readonly isDualStack: boolean;
    }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'abstract'; readonly name: string }
  | { readonly kind: 'other' };

export interface SocketFacts {
  readonly type: 'stream' | 'datagram' | 'other';
  /** False for a stream that is somebody's connection. */
  readonly isListening: boolean;
  readonly address: BoundAddress;
  /** Connections that may wait in the kernel; undefined where it does not tell. */
  readonly backlog: number | undefined;
}

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
/** In struct tcp_info: `tcpi_unacked` and `tcpi_sacked`, where one that listens has its queue. */
const TCP_INFO_WAITING_AT = 24;
const TCP_INFO_BACKLOG_AT = 28;

/** What the socket is; undefined for a descriptor that is none, or not open. */
export function socketFacts(fd: number): SocketFacts | undefined {
  const type = numberOption(fd, SOL_SOCKET, SO_TYPE);
  if (type === undefined) return undefined;
  const address = boundAddress(fd);
  const isListening = numberOption(fd, SOL_SOCKET, SO_ACCEPTCONN) === 1;
  return {
    type: type === SOCK_STREAM ? 'stream' : type === SOCK_DGRAM ? 'datagram' : 'other',
    isListening,
    address,
    backlog: isListening ? queueAt(fd, address)?.longest : undefined,
  };
}

/** How many clients wait in the kernel at a socket that listens; undefined where it cannot tell. */
export function clientQueue(fd: number): ClientQueue | undefined {
  return queueAt(fd, boundAddress(fd));
}

/** A numeric address in the one form that the system writes: "::1" for "0:0::1". */
export function canonicalHost(host: string): string {
  return new SocketAddress({ address: host, family: host.includes(':') ? 'ipv6' : 'ipv4' }).address;
}

function boundAddress(fd: number): BoundAddress {
  const bytes = Buffer.alloc(2 + UNIX_NAME_BYTES);
  const length = new Uint32Array([bytes.length]);
  const prototype = 'int getsockname(int fd, void *address, void *length)';
  if (callLibc(prototype, fd, bytes, length) === -1) return { kind: 'other' };
  const name = bytes.subarray(2, length[0]);
  switch (bytes.readUInt16LE(0)) {
    case AF_INET: {
      const host = [...bytes.subarray(4, 8)].join('.');
      return { kind: 'tcp', host, port: bytes.readUInt16BE(2), isDualStack: false };
    }
    case AF_INET6: {
      const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(8 + 2 * at));
      const host = canonicalHost(groups.map((group) => group.toString(16)).join(':'));
      const isDualStack = numberOption(fd, IPPROTO_IPV6, IPV6_V6ONLY) === 0;
      return { kind: 'tcp', host, port: bytes.readUInt16BE(2), isDualStack };
    }
    case AF_UNIX:
      if (name.length === 0) return { kind: 'other' };
      if (name[0] === 0) return { kind: 'abstract', name: name.subarray(1).toString() };
      return { kind: 'path', path: name.toString().replace(/\0.*$/s, '') };
    default:
      return { kind: 'other' };
  }
}

function numberOption(fd: number, level: number, name: number): number | undefined {
  return getOption(fd, level, name, 4)?.readInt32LE(0);
}

function queueAt(fd: number, { kind }: BoundAddress): ClientQueue | undefined {
  if (kind === 'path' || kind === 'abstract') return unixQueue(fd);
  const info = getOption(fd, IPPROTO_TCP, TCP_INFO, 64);
  if (info === undefined) return undefined;
  return {
    waiting: info.readUInt32LE(TCP_INFO_WAITING_AT),
    longest: info.readUInt32LE(TCP_INFO_BACKLOG_AT),
  };
}

function getOption(fd: number, level: number, name: number, bytes: number): Buffer | undefined {
  const value = Buffer.alloc(bytes);
  const length = new Uint32Array([bytes]);
  const prototype = 'int getsockopt(int fd, int level, int name, void *value, void *length)';
  if (callLibc(prototype, fd, level, name, value, length) !== -1) return value;
  const error = new SystemCallError('getsockopt', lastErrno());
  if (['ENOTSOCK', 'EBADF', 'EOPNOTSUPP', 'ENOPROTOOPT'].includes(error.code)) return undefined;
  throw error;
}
