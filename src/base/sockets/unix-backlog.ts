/**
 * How many clients may wait at a unix socket that somebody else made listen.
 *
 * Only the kernel's socket diagnostics (sock_diag(7)) tell: a question about one socket, by its
 * inode, over netlink. Where a sandbox allows no netlink, or the kernel has no such module, it
 * cannot be known.
 */
import { closeSync, fstatSync } from 'node:fs';

import { callLibc } from '../libc.ts';

// Numbers of the Linux interface (asm-generic; the same on x86-64 and arm64).
const AF_UNIX = 1;
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const UDIAG_SHOW_RQLEN = 0x10;
const UNIX_DIAG_RQLEN = 4;
const MSG_DONTWAIT = 0x40;
/** struct nlmsghdr, unix_diag_req and unix_diag_msg, in bytes. */
const HEADER_BYTES = 16;
const QUESTION_BYTES = 24;
const ANSWER_BYTES = 16;

/** Clients that have connected and were not accepted yet, and how many of them there may be. */
export interface ClientQueue {
  readonly waiting: number;
  readonly longest: number;
}

/** The queue of a unix socket that listens; undefined where it cannot be known. */
export function unixQueue(socketFd: number): ClientQueue | undefined {
  const fd = callLibc(
    'int socket(int family, int type, int protocol)',
    AF_NETLINK,
    SOCK_RAW_CLOEXEC,
    NETLINK_SOCK_DIAG,
  );
  if (fd === -1) return undefined;
  try {
    const question = questionAbout(fstatSync(socketFd).ino);
    const send = 'long send(int fd, void *bytes, ulong length, int flags)';
    if (callLibc(send, fd, question, question.length, 0) === -1) return undefined;
    const answer = Buffer.alloc(1024);
    const receive = 'long recv(int fd, void *bytes, ulong length, int flags)';
    const bytes = callLibc(receive, fd, answer, answer.length, MSG_DONTWAIT);
    return bytes <= 0 ? undefined : queueIn(answer.subarray(0, bytes));
  } finally {
    closeSync(fd);
  }
}

function questionAbout(inode: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + QUESTION_BYTES);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
  bytes.writeUInt16LE(NLM_F_REQUEST, 6);
  bytes.writeUInt8(AF_UNIX, 16);
  bytes.writeUInt32LE(inode, 24);
  bytes.writeUInt32LE(UDIAG_SHOW_RQLEN, 28);
  // No cookie: whichever socket has the inode now.
  bytes.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, 32);
  return bytes;
}

function queueIn(answer: Buffer): ClientQueue | undefined {
  if (answer.length < HEADER_BYTES || answer.readUInt16LE(4) !== SOCK_DIAG_BY_FAMILY) {
    return undefined; // An error: no such module, or no such socket.
  }
  let at = HEADER_BYTES + ANSWER_BYTES;
  while (at + 4 <= answer.length) {
    const length = answer.readUInt16LE(at);
    if (answer.readUInt16LE(at + 2) === UNIX_DIAG_RQLEN && length >= 12) {
      // struct unix_diag_rqlen: of a socket that listens, its queue and the longest one.
      return { waiting: answer.readUInt32LE(at + 4), longest: answer.readUInt32LE(at + 8) };
    }
    at += Math.max(4, (length + 3) & ~3);
  }
  return undefined;
}
