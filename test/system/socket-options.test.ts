/** Options of listening sockets, as the kernel has them: ss shows them, and second servers. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';

import { request } from '../support/http.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';

/** What ss shows of a client's connection, on the server's side. */
async function connectionOn(place: Place): Promise<string> {
  const client = connect({ port: place.port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  const [answer] = await once(client, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200 /);
  const filter = `( sport = :${place.port} )`;
  const { output } = await place.run(['ss', '-Htnmo', 'state', 'established', filter]);
  client.destroy();
  return output;
}

story('buffers and keepalive are those of the ini, before and after a reload', async (place) => {
  const ini = 'so-keepalive = true\nsocket-sndbuf = 20000\nsocket-rcvbuf = 30000\n';
  const daemon = await place.start({ app: 'hello', ini });
  const first = await connectionOn(place);
  // The kernel doubles what it is told.
  assert.match(first, /timer:\(keepalive/);
  assert.match(first, /,rb60000,.*,tb40000,/);
  daemon.writeIni('socket-sndbuf = 25000');
  assert.equal(await daemon.reload(), 'reloaded');
  const second = await connectionOn(place);
  assert.doesNotMatch(second, /timer:\(keepalive/);
  assert.match(second, /,tb50000,/);
});

story('reuse-port lets a second instance listen beside the first', async (place) => {
  const first = await place.start({ app: 'hello', ini: 'reuse-port = true' });
  const second = await place.start({ app: 'hello', ini: 'reuse-port = true' });
  assert.equal((await first.get('/')).text, 'hello');
  await first.stop();
  assert.equal((await second.get('/')).text, 'hello');
});

story('freebind listens on an address that the machine does not have', async (place) => {
  const port = await place.anotherPort();
  const ini = `http-socket = 192.0.2.1:${port}`;
  const daemon = await place.start({
    app: 'hello',
    ini: `${ini}\nfreebind = true\ntcp-fast-open = 7`,
  });
  await daemon.says(new RegExp(`listening on 192\\.0\\.2\\.1:${port}`));
  assert.equal((await daemon.get('/')).text, 'hello');
});

story('listeners name shared sockets by their numbers', async (place) => {
  const [port, path] = [await place.anotherPort(), place.path('shared.sock')];
  const daemon = await place.start({
    app: 'hello',
    ini:
      `shared-socket = 127.0.0.1:${port}\nshared-socket = ${path}\nshared-socket = 127.0.0.1:1\n` +
      'http-socket = =0\nhttp11-socket = =1\nvacuum = true',
  });
  assert.equal((await request({ port }, '/')).text, 'hello');
  assert.equal((await request({ path }, '/')).text, 'hello');
  await daemon.says(/shared-socket = 127\.0\.0\.1:1 is named by no listener/);
});
