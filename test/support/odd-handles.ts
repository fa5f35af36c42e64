/**
 * Loaded before a gateway's own code (see `oddHandles`): what it accepts lacks something that ours
 * expects, as another version of Node could have it.
 */

import { createServer } from 'node:net';

const server = createServer().listen(0);
const tcp: unknown = Object.getPrototypeOf(Reflect.get(server, '_handle'));
server.close();
if (typeof tcp !== 'object' || tcp === null) throw new Error('no handle');
if (process.env['REEVE_TEST_HANDLES'] === 'no-descriptor') {
  Object.defineProperty(tcp, 'fd', { value: -1 });
} else {
  Reflect.deleteProperty(Object.getPrototypeOf(tcp), 'useUserBuffer');
}
