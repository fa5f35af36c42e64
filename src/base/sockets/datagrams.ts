/**
 * Datagrams to a unix socket, which Node does not have: sent at once or not at all.
 *
 * A message that is too long for a datagram is sent as a sealed file in memory whose descriptor
 * travels alone, as the journal takes it.
 */
import { closeSync, fstatSync, writeSync } from 'node:fs';

import { callLibc, lastErrno, mustCallLibc, SystemCallError } from '../libc.ts';
import { unixAddressBytes, type UnixAddress } from './listening-sockets.ts';

/** `full`: the reader has not kept up; later it may. `gone`: nobody reads there. */
export type SendOutcome = 'sent' | 'full' | 'too-long' | 'gone';

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const SEAL_ALL = 0xf;
const SIOCOUTQ = 0x5411;
const CONTROL_BYTES = 24;
const CONTROL_LENGTH = 20;

const FULL = new Set(['EAGAIN', 'ENOBUFS', 'ENOMEM', 'EINTR']);

/** A socket that is connected to a receiver; throws a SystemCallError where there is none. */
export function connectDatagrams(address: UnixAddress): number {
  const socket = 'int socket(int family, int type, int protocol)';
  const fd = mustCallLibc('socket', socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bytes = unixAddressBytes(address);
  const connect = 'int connect(int fd, void *address, uint32 length)';
  if (callLibc(connect, fd, bytes, bytes.length) === 0) return fd;
  const error = new SystemCallError('connect', lastErrno());
  closeSync(fd);
  throw error;
}

/** Sends one datagram, without a wait. */
export function sendDatagram(fd: number, bytes: Buffer): SendOutcome {
  const prototype = 'int64 send(int fd, void *bytes, size_t length, int flags)';
  return outcomeOf(callLibc(prototype, fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/** Sends what is too long for a datagram, as a sealed file in memory. */
export function sendLongDatagram(fd: number, bytes: Buffer): SendOutcome {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const create = 'int memfd_create(str name, uint flags)';
  const file = mustCallLibc('memfd_create', create, 'reeve-log-entry', flags);
  try {
    for (let offset = 0; offset < bytes.length;) offset += writeSync(file, bytes, offset);
    const seal = 'int fcntl(int fd, int command, long value)';
    mustCallLibc('fcntl(F_ADD_SEALS)', seal, file, F_ADD_SEALS, SEAL_ALL);
    return sendDescriptor(fd, file);
  } finally {
    closeSync(file);
  }
}

/** Whether everything that was sent has been read; a short sleep away from being handled. */
export function isAllRead(fd: number): boolean {
  const unread = new Int32Array(1);
  const prototype = 'int ioctl(int fd, ulong request, void *value)';
  return callLibc(prototype, fd, SIOCOUTQ, unread) !== 0 || unread[0] === 0;
}

/** A descriptor's device and inode, "8:4711". */
export function descriptorName(fd: number): string {
  const { dev, ino } = fstatSync(fd);
  return `${dev}:${ino}`;
}

function sendDescriptor(fd: number, handed: number): SendOutcome {
  const control = Buffer.alloc(CONTROL_BYTES);
  control.writeBigUInt64LE(BigInt(CONTROL_LENGTH), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(handed, 16);
  const message = {
    name: null,
    nameLength: 0,
    parts: null,
    partCount: 0,
    control,
    controlLength: control.length,
    flags: 0,
  };
  const prototype = 'int64 sendmsg(int fd, MessageHeader *message, int flags)';
  return outcomeOf(callLibc(prototype, fd, message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

function outcomeOf(result: number): SendOutcome {
  if (result !== -1) return 'sent';
  const { code } = new SystemCallError('send', lastErrno());
  if (FULL.has(code)) return 'full';
  return code === 'EMSGSIZE' ? 'too-long' : 'gone';
}
