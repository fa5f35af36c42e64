/**
 * A socket that a failed write does not end.
 *
 * Node ends a socket at the first write that fails, and what the other side wrote before it ended
 * is then never read: the whole answer of a worker that has just been killed.
 */

import type { Socket } from 'node:net';

/**
 * Makes writes to a socket succeed in any case; `failed` is called for each that did not.
 * After the first failure the rest is dropped.
 */
export function deafWrites(socket: Socket, failed: () => void): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  let isBroken = false;
  const done = (callback: () => void) => (error?: Error | null) => {
    if (error) {
      isBroken = true;
      failed();
    }
    callback();
  };
  const drop = (callback: () => void): void => {
    failed();
    callback();
  };
  socket._write = (chunk, encoding, callback) => {
    if (isBroken) drop(callback);
    else write(chunk, encoding, done(callback));
  };
  if (writev === undefined) return;
  socket._writev = (chunks, callback) => {
    if (isBroken) drop(callback);
    else writev(chunks, done(callback));
  };
}
