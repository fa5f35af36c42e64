/** Where large bodies and responses wait, as an operator and a client meet it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { SmallDisk, cannotMount } from '../support/mounts.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const large = Buffer.alloc(300_000, 'x');
/** Such a body waits in a file, and not in memory. */
const filed = 'post-buffering = 65536\n';

/** Writes an application that answers with the length of what it was sent. */
function writeCounting(place: Place): void {
  place.write(
    'app.py',
    'def application(environ, start_response):\n' +
      '    body = environ["wsgi.input"].read()\n' +
      '    start_response("200 OK", [("Content-Type", "text/plain")])\n' +
      '    return [str(len(body)).encode()]\n',
  );
}

async function upload(daemon: Daemon): Promise<string> {
  const { status, body } = await daemon.get('/', { method: 'POST', body: large });
  return `${status} ${status === 200 ? body.toString() : ''}`.trim();
}

story('a TMPDIR that env names and nobody made costs a warning, and no upload', async (place) => {
  writeCounting(place);
  const nowhere = place.path('no where');
  const daemon = await place.start({ ini: `module = app\n${filed}env = TMPDIR=${nowhere}\n` });
  await daemon.says(/spool\.directory .*no where: .*\(ENOENT\).* wait in \/tmp/);
  assert.equal(await upload(daemon), '200 300000');
});

story('reeve check warns of it, as the user that would serve', async (place) => {
  writeCounting(place);
  const words = [...Daemon.words(place), '--module', 'app'];
  const check = (env: Record<string, string>, more: readonly string[] = []) =>
    place.run([Daemon.binary, 'check', ...words, ...more], { env });
  assert.doesNotMatch((await check({})).output, /temporary files/);
  const warned = await check({ TMPDIR: place.path('no where') });
  assert.equal(warned.code, 0);
  assert.match(warned.output, /no where: .*\(ENOENT\); large request bodies .* wait in \/tmp/);
  if (process.getuid?.() !== 0) return;
  const closed = place.path('closed');
  fs.mkdirSync(closed, { mode: 0o700 });
  assert.doesNotMatch((await check({ TMPDIR: closed })).output, /temporary files/);
  const asNobody = await check({ TMPDIR: closed }, ['--uid', 'nobody']);
  assert.match(asNobody.output, /closed: .*\(EACCES\); large request bodies .* wait in \/tmp/);
});

story(
  'a TMPDIR that fills up answers 507 where there is no other room, and serves on when there is some',
  async (place) => {
    using disk = new SmallDisk('size=1m');
    writeCounting(place);
    const daemon = await place.start({
      ini: `module = app\n${filed}spool-max = 100000000\nenv = TMPDIR=${disk.path}\n`,
    });
    assert.equal(await upload(daemon), '200 300000');
    fs.writeFileSync(`${disk.path}/filled`, Buffer.alloc(900 * 1024));
    assert.equal(await upload(daemon), '507');
    await daemon.says(/request\.not-stored .*ENOSPC/);
    fs.rmSync(`${disk.path}/filled`);
    await until('it is served', async () => (await upload(daemon)) === '200 300000');
  },
  { skip: cannotMount },
);
