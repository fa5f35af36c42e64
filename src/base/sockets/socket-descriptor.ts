/** The descriptor behind a connection of Node's, which Node keeps to itself. */

import type { Socket } from 'node:net';

/**
 * Undefined once the connection is closed. To be asked for each time: a number that was kept may be
 * another connection's by now.
 */
export function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
