/**
 * Listening sockets as the master makes them: bound and listening, with no one who accepts.
 *
 * Node has no such thing (its servers accept at once, and the master would take connections away
 * from the gateway), so the C library is called. A descriptor made here is closed in children
 * unless it is handed to them. Failures are SystemCallErrors named `bind`, `listen` and so on.
 */
import { closeSync } from 'node:fs';

import { callLibc, lastErrno, mustCallLibc, SystemCallError } from '../libc.ts';

export interface TcpAddress {
  /** A numeric address, "0.0.0.0" or "::1", without brackets. */
  readonly host: string;
  /** 0 lets the kernel choose; `socketName` says what it chose. */
  readonly port: number;
}

export interface UnixAddress {
  readonly kind: 'path' | 'abstract';
  /** A path, or an abstract name without its leading NUL. */
  readonly name: string;
}

/** What the connections of a listening socket have from their first moment, and how it is bound. */
export interface SocketOptions {
  /** The kernel looks whether silent clients are still there. */
  readonly keepsAlive: boolean;
  /** 0: as the kernel chooses, as the next. */
  readonly sendBufferBytes: number;
  readonly receiveBufferBytes: number;
  /** Other sockets may listen on the same port. */
  readonly sharesPort: boolean;
  /** Connections whose first packet may have data; 0: none. */
  readonly fastOpenMax: number;
  /** The address need not be one of this machine. */
  readonly bindsAnyAddress: boolean;
}

interface SocketNumber {
  readonly level: number;
  readonly name: number;
  readonly value: number;
}

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_KEEPALIVE = 9;
const SO_REUSEPORT = 15;
const SOL_IP = 0;
const IP_FREEBIND = 15;
const SOL_TCP = 6;
const TCP_FASTOPEN = 23;
const SO_REUSEADDR = 2;
const UNIX_PATH_OFFSET = 2;
/** Bytes of a unix socket's name, with the NUL that ends a path. */
export const UNIX_NAME_BYTES = 108;

/** Binds and listens on a TCP address; returns the descriptor. */
export function openTcpListener(
  address: TcpAddress,
  backlog: number,
  options?: SocketOptions,
): number {
  return openListener(tcpAddressBytes(address), backlog, options);
}

/** Binds and listens on a unix address; a path must not exist yet. Returns the descriptor. */
export function openUnixListener(address: UnixAddress, backlog: number): number {
  return openListener(unixAddressBytes(address), backlog);
}

/** Throws the error of bind(2) where a TCP address cannot be listened on. */
export function tryTcpAddress(address: TcpAddress, options?: SocketOptions): void {
  closeSync(openBound(tcpAddressBytes(address), options));
}

/** The same for an abstract name. */
export function tryAbstractName(name: string): void {
  closeSync(openBound(unixAddressBytes({ kind: 'abstract', name })));
}

/** Changes the backlog of a socket that listens already. */
export function listenAgain(fd: number, backlog: number): void {
  mustCallLibc('listen', 'int listen(int fd, int backlog)', fd, backlog);
}

/** Whether somebody answers at a unix address: `absent` means that there is no such file. */
export function probeUnixSocket(address: UnixAddress): 'alive' | 'dead' | 'absent' {
  const bytes = unixAddressBytes(address);
  const fd = openSocket(AF_UNIX, SOCK_NONBLOCK);
  const prototype = 'int connect(int fd, void *address, uint32 length)';
  const failed = callLibc(prototype, fd, bytes, bytes.length) === -1;
  const error = failed ? new SystemCallError('connect', lastErrno()) : undefined;
  closeSync(fd);
  switch (error?.code) {
    case undefined:
    case 'EAGAIN': // Its queue is full, so it listens.
    case 'EPROTOTYPE': // A datagram socket, somebody's own.
      return 'alive';
    case 'ECONNREFUSED':
      return 'dead';
    case 'ENOENT':
      return 'absent';
    default:
      throw error;
  }
}

/** The port that a TCP socket is bound to; undefined for other sockets. */
export function boundPort(fd: number): number | undefined {
  const bytes = Buffer.alloc(UNIX_PATH_OFFSET + UNIX_NAME_BYTES);
  const length = new Uint32Array([bytes.length]);
  const prototype = 'int getsockname(int fd, void *address, void *length)';
  mustCallLibc('getsockname', prototype, fd, bytes, length);
  const family = bytes.readUInt16LE(0);
  return family === AF_INET || family === AF_INET6 ? bytes.readUInt16BE(2) : undefined;
}

function openListener(address: Buffer, backlog: number, options?: SocketOptions): number {
  const fd = openBound(address, options);
  try {
    listenAgain(fd, backlog);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openBound(address: Buffer, options?: SocketOptions): number {
  const fd = openSocket(address.readUInt16LE(0), SOCK_NONBLOCK);
  try {
    setSocketNumber(fd, { level: SOL_SOCKET, name: SO_REUSEADDR, value: 1 });
    if (options !== undefined) setSocketOptions(fd, options, 'tcp');
    const bind = 'int bind(int fd, void *address, uint32 length)';
    mustCallLibc('bind', bind, fd, address, address.length);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openSocket(family: number, flags: number): number {
  const prototype = 'int socket(int family, int type, int protocol)';
  return mustCallLibc('socket', prototype, family, SOCK_STREAM_CLOEXEC | flags, 0);
}

/** struct sockaddr_in or sockaddr_in6; the C library reads the text of the address. */
function tcpAddressBytes(address: TcpAddress): Buffer {
  const isV6 = address.host.includes(':');
  const bytes = Buffer.alloc(isV6 ? 28 : 16);
  bytes.writeUInt16LE(isV6 ? AF_INET6 : AF_INET, 0);
  bytes.writeUInt16BE(address.port, 2);
  const host = bytes.subarray(isV6 ? 8 : 4);
  const family = isV6 ? AF_INET6 : AF_INET;
  const prototype = 'int inet_pton(int family, str text, void *address)';
  if (callLibc(prototype, family, address.host, host) !== 1) {
    throw new Error(`"${address.host}" should have been a numeric address`);
  }
  return bytes;
}

/** struct sockaddr_un, as long as the name: an abstract name ends where the address does. */
export function unixAddressBytes(address: UnixAddress): Buffer {
  const name = Buffer.from(address.kind === 'path' ? `${address.name}\0` : `\0${address.name}`);
  if (name.length > UNIX_NAME_BYTES) {
    throw new Error(`"${address.name}" is too long for the name of a unix socket`);
  }
  const bytes = Buffer.alloc(UNIX_PATH_OFFSET + name.length);
  bytes.writeUInt16LE(AF_UNIX, 0);
  name.copy(bytes, UNIX_PATH_OFFSET);
  return bytes;
}

/** Sets them, also on a socket that is bound. @throws the error of setsockopt(2). */
export function setSocketOptions(fd: number, options: SocketOptions, family: 'tcp' | 'unix'): void {
  const { keepsAlive, sendBufferBytes, receiveBufferBytes, fastOpenMax } = options;
  const set = (level: number, name: number, value: number): void =>
    setSocketNumber(fd, { level, name, value });
  if (sendBufferBytes > 0) set(SOL_SOCKET, SO_SNDBUF, sendBufferBytes);
  if (receiveBufferBytes > 0) set(SOL_SOCKET, SO_RCVBUF, receiveBufferBytes);
  if (family === 'unix') return;
  set(SOL_SOCKET, SO_KEEPALIVE, Number(keepsAlive));
  set(SOL_SOCKET, SO_REUSEPORT, Number(options.sharesPort));
  set(SOL_IP, IP_FREEBIND, Number(options.bindsAnyAddress));
  set(SOL_TCP, TCP_FASTOPEN, fastOpenMax);
}

/** Sets one option. @throws the error of setsockopt(2), but not for 0: what is missing is off. */
function setSocketNumber(fd: number, { level, name, value }: SocketNumber): void {
  const number = new Int32Array([value]);
  const prototype = 'int setsockopt(int fd, int level, int name, void *value, uint32 length)';
  const failed = callLibc(prototype, fd, level, name, number, number.byteLength) === -1;
  if (failed && value !== 0) throw new SystemCallError('setsockopt', lastErrno());
}
