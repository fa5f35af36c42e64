/** Accepting on a descriptor that listens already. */

import type { Server } from 'node:net';

/**
 * Starts to accept; resolves when it does. `failed` is called for every connection that could
 * not be accepted from then on.
 */
export function acceptOn(
  server: Server,
  { fd, backlog }: { readonly fd: number; readonly backlog: number },
  failed: (error: Error) => void,
): Promise<void> {
  if (server.listening) return Promise.resolve();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The backlog must be a separate argument: in the options it would be taken for 511.
    server.listen({ fd }, backlog, () => {
      server.off('error', reject);
      server.on('error', failed);
      resolve();
    });
  });
}
