/**
 * A connected unix datagram socket that nothing is sent on: it tells whether the receiver has room.
 *
 * Node has no datagram sockets for unix addresses, so the C library is called.
 */
import { closeSync } from 'node:fs';

import { callLibc, isWritable, lastErrno, mustCallLibc, SystemCallError } from './libc.ts';
import { unixAddressBytes, type UnixAddress } from './listening-sockets.ts';

export interface DatagramProbe {
  /** Whether a datagram would be queued at once; waits up to `waitMs` until that is so. */
  readonly hasRoom: (waitMs: number) => boolean;
  readonly close: () => void;
}

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC_NONBLOCK = 2 | 0o2000000 | 0o4000;

/** Connects to a receiver; throws a SystemCallError where there is none. */
export function probeDatagramSocket(address: UnixAddress): DatagramProbe {
  const socket = 'int socket(int family, int type, int protocol)';
  const fd = mustCallLibc('socket', socket, AF_UNIX, SOCK_DGRAM_CLOEXEC_NONBLOCK, 0);
  const bytes = unixAddressBytes(address);
  const connect = 'int connect(int fd, void *address, uint32 length)';
  if (callLibc(connect, fd, bytes, bytes.length) === -1) {
    const error = new SystemCallError('connect', lastErrno());
    closeSync(fd);
    throw error;
  }
  return { hasRoom: (waitMs) => isWritable(fd, waitMs), close: () => closeSync(fd) };
}
