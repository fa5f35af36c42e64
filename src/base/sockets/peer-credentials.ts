/** Who is at the other end of a unix stream, as the kernel wrote it down when they connected. */
import type { Socket } from 'node:net';

import { callLibc } from '../libc.ts';
import { descriptorOf } from './socket-descriptor.ts';

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
}

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** struct ucred: pid, uid, gid. */
const CREDENTIALS_BYTES = 12;

/** Undefined where it cannot be known: the peer may have gone already. */
export function peerOf(socket: Socket): PeerCredentials | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const bytes = Buffer.alloc(CREDENTIALS_BYTES);
  const length = new Uint32Array([CREDENTIALS_BYTES]);
  const prototype = 'int getsockopt(int fd, int level, int name, void *value, void *length)';
  if (callLibc(prototype, fd, SOL_SOCKET, SO_PEERCRED, bytes, length) === -1) return undefined;
  return { pid: bytes.readInt32LE(0), uid: bytes.readUInt32LE(4) };
}
