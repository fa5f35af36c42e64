/**
 * Reads and writes of a connection that pass by Node's stream where that costs less.
 *
 * Reads: Node takes 64 KiB anew for each read and gives back what is over; with one buffer, which
 * its `onread` option is for, a read costs half (measured). But `net.Server` makes its sockets
 * without that option, so the connection moves to a socket of ours.
 *
 * Writes: nearly every request and answer is small, and the kernel takes it at once. The stream's
 * record of each write would cost more than the system call (measured).
 */

import { Socket } from 'node:net';
import type { SocketConstructorOpts } from 'node:net';

import { sendNow } from './system-calls.ts';

/** Where the bytes of all connections are read to, one after the other. */
export const shared: Buffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Takes over a connection of a server with `pauseOnConnect`, and returns the socket to be used in
 * its place. `read` is given what comes; the bytes are its own until it returns, and whatever it
 * keeps it must copy.
 */
export function readShared(accepted: Socket, read: (bytes: Buffer) => void): Socket {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) {
    return accepted.on('data', read).resume();
  }
  // Without it the server's socket ends in silence, and the server counts one less.
  Reflect.set(accepted, '_handle', null);
  accepted.destroy();
  return socketOf(handle, accepted.allowHalfOpen, read);
}

/** Makes a socket of an accepted handle, which reads as with `readShared`. */
export function socketOf(
  handle: object,
  allowHalfOpen: boolean,
  read: (bytes: Buffer) => void,
): Socket {
  const callback = (length: number): boolean => {
    read(shared.subarray(0, length));
    return true;
  };
  const options: SocketConstructorOpts = { allowHalfOpen, onread: { buffer: shared, callback } };
  Reflect.set(options, 'handle', handle);
  return new Socket(options).resume();
}

/**
 * Sends text (latin-1) or bytes, which may be used again afterwards; `taken` is called when the
 * kernel has them. Returns false where no more should be sent before the socket's `drain`.
 *
 * What the kernel does not take, and what goes wrong, is left to the stream, which holds the rest
 * and meets the error again.
 */
export function writeNow(socket: Socket, data: string | Buffer, taken?: () => void): boolean {
  const sentBytes = takenNow(socket, data);
  if (sentBytes < data.length) return writeRest(socket, data, sentBytes, taken);
  if (taken !== undefined) process.nextTick(taken);
  return true;
}

/** How much the kernel has taken; none where something waits in the stream, or it is ending. */
function takenNow(socket: Socket, data: string | Buffer): number {
  if (socket.writableLength > 0 || !socket.writable) return 0;
  // Asked for at each write: a number that was kept may be another connection's by now.
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return 0;
  const { fd } = handle;
  return typeof fd === 'number' && fd >= 0 ? sendNow(fd, data) : 0;
}

/** Gives the stream what the kernel has not taken. */
export function writeRest(
  socket: Socket,
  data: string | Buffer,
  sentBytes: number,
  taken: (() => void) | undefined,
): boolean {
  if (typeof data === 'string') return socket.write(data.slice(sentBytes), 'latin1', taken);
  return socket.write(Buffer.from(data.subarray(sentBytes)), taken);
}
