/**
 * Reads all connections into one piece of memory.
 *
 * Node takes 64 KiB anew for each read and gives back what is over; with one buffer, which its
 * `onread` option is for, a read costs half (src/README.md). But `net.Server` makes its sockets
 * without that option, so the connection moves to a socket of ours.
 */

import { Socket } from 'node:net';
import type { SocketConstructorOpts } from 'node:net';

const shared = Buffer.allocUnsafeSlow(64 * 1024);

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
  const callback = (length: number): boolean => {
    read(shared.subarray(0, length));
    return true;
  };
  const onread = { buffer: shared, callback };
  const options: SocketConstructorOpts = { allowHalfOpen: accepted.allowHalfOpen, onread };
  Reflect.set(options, 'handle', handle);
  return new Socket(options).resume();
}
