/**
 * System calls on sockets that Node does not offer, or only at a price: an error of `fs.readSync`
 * is an exception with a stack, which takes longer than the call (measured), and "nothing has come
 * yet" is such an error.
 *
 * Nothing here waits. Who calls knows that the descriptor is open and is a socket.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { callLibc, lastErrno } from '../../base/libc.ts';

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_DEFER_ACCEPT = 9;
const MSG_PEEK = 0x2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const FIONREAD = 0x541b;

const count = new Int32Array(1);
const peeked = Buffer.alloc(1);
/** Text on its way to the kernel. */
const outgoing = Buffer.allocUnsafeSlow(64 * 1024);

/** Reads what has come: so many bytes, 0 at the end of the connection, -1 for none or an error. */
export function receiveNow(fd: number, into: Buffer): number {
  return receive(fd, into, MSG_DONTWAIT);
}

/** Whether bytes have come, or the end of the connection, or an error. */
export function hasNews(fd: number): boolean {
  const bytes = receive(fd, peeked, MSG_DONTWAIT | MSG_PEEK);
  return bytes !== -1 || lastErrno() !== constants.errno.EAGAIN;
}

function receive(fd: number, into: Buffer, flags: number): number {
  const prototype = 'long recv(int fd, void *bytes, size_t length, int flags)';
  return callLibc(prototype, fd, into, into.length, flags);
}

/**
 * Sends what the kernel takes of text (latin-1) or bytes. Returns how many: 0 where there is no
 * room, or the connection has ended.
 */
export function sendNow(fd: number, data: string | Buffer): number {
  const bytes = typeof data === 'string' ? textBytes(data) : data;
  const prototype = 'long send(int fd, void *bytes, size_t length, int flags)';
  const sent = callLibc(prototype, fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 ? 0 : sent;
}

function textBytes(text: string): Buffer {
  if (text.length > outgoing.length) return Buffer.from(text, 'latin1');
  return outgoing.subarray(0, outgoing.write(text, 'latin1'));
}

/** How many bytes have come that nobody has read. */
export function unreadBytes(fd: number): number {
  const failed = callLibc('int ioctl(int fd, ulong request, void *value)', fd, FIONREAD, count);
  return failed === -1 ? 0 : (count[0] ?? 0);
}

/**
 * Has connections of a TCP listener come when their first bytes are here, or after so many seconds
 * without any (0: at once), and has them send small writes at once. Returns whether they do: not
 * where the socket is none of TCP, or the kernel does not know that.
 */
export function acceptWithData(fd: number, waitSeconds: number): boolean {
  return setTcp(fd, TCP_DEFER_ACCEPT, waitSeconds) && setTcp(fd, TCP_NODELAY, 1);
}

/** Whether the kernel takes connections also while its queue is full of those that send nothing. */
export function hasSynCookies(): boolean {
  try {
    return readFileSync('/proc/sys/net/ipv4/tcp_syncookies', 'latin1').trim() !== '0';
  } catch {
    return true; // It is hidden from some units (ProcSubset=pid); kernels have it by default.
  }
}

function setTcp(fd: number, option: number, value: number): boolean {
  count[0] = value;
  const prototype = 'int setsockopt(int fd, int level, int name, void *value, uint32 length)';
  return callLibc(prototype, fd, IPPROTO_TCP, option, count, count.byteLength) === 0;
}
