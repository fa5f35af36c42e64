/**
 * Writes to a connection by one system call, past Node's stream.
 *
 * Nearly every request and answer is small, and the kernel takes it at once: the stream's record of
 * each write would cost more than the call (src/README.md).
 */

import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';

import { descriptorOf } from '../../base/socket-descriptor.ts';

/**
 * Sends text (latin-1) or bytes, which may be used again afterwards; `taken` is called when the
 * kernel has them. False where the connection should rather be sent no more before its `drain`.
 *
 * What the kernel does not take, and what goes wrong, is left to the stream, which holds the rest
 * and meets the error again.
 */
export function writeNow(socket: Socket, data: string | Buffer, taken?: () => void): boolean {
  const sentBytes = sentNow(socket, data);
  if (sentBytes < data.length) return writeLater(socket, data, sentBytes, taken);
  if (taken !== undefined) process.nextTick(taken);
  return true;
}

/** How much the kernel has taken; none where something waits in the stream, or it is ending. */
function sentNow(socket: Socket, data: string | Buffer): number {
  if (socket.writableLength > 0 || !socket.writable) return 0;
  const fd = descriptorOf(socket);
  if (fd === undefined) return 0;
  try {
    return typeof data === 'string' ? writeSync(fd, data, null, 'latin1') : writeSync(fd, data);
  } catch {
    return 0; // No room, or the end of the connection.
  }
}

function writeLater(
  socket: Socket,
  data: string | Buffer,
  sentBytes: number,
  taken: (() => void) | undefined,
): boolean {
  if (typeof data === 'string') return socket.write(data.slice(sentBytes), 'latin1', taken);
  return socket.write(Buffer.from(data.subarray(sentBytes)), taken);
}
