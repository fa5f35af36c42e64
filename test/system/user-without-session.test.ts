/** A user without XDG_RUNTIME_DIR (cron, su, a container): its instances are reached. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { story } from '../support/place.ts';
import type { Place, RunResult } from '../support/place.ts';
import { until } from '../support/until.ts';

// An interpreter that every user can reach.
process.env['REEVE_TEST_PYTHON'] = '/usr/bin/python3';

const isRoot = process.getuid?.() === 0;
const mustBeRoot = !isRoot && 'it becomes another user';

/** A number that no account has: another test may run at the same time as nobody. */
const uid = 61_207;
const env = { XDG_RUNTIME_DIR: undefined };
const folder = `/tmp/reeve-${uid}`;

function as(user: number, words: readonly string[]): readonly string[] {
  return ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...words];
}

function startShop(place: Place): Promise<Daemon> {
  fs.chownSync(place.directory, uid, uid);
  return place.start({ app: 'hello', ini: 'procname-prefix = shop-', env, wrapper: as(uid, []) });
}

function reeve(place: Place, user: number, ...words: string[]): Promise<RunResult> {
  return place.run(as(user, [Daemon.binary, ...words]), { env });
}

/** The folder in /tmp is gone before and after. */
async function withoutFolder(tell: () => Promise<void>): Promise<void> {
  fs.rmSync(folder, { recursive: true, force: true });
  try {
    await tell();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function withFolder(path: string, tell: () => Promise<void>): Promise<void> {
  fs.mkdirSync(path, { recursive: true });
  try {
    await tell();
  } finally {
    fs.rmSync(path, { recursive: true, force: true });
  }
}

story(
  'status, reload and stop reach it, as that user and as root, and nobody else does',
  (place) =>
    withoutFolder(async () => {
      const daemon = await startShop(place);
      assert.equal(fs.statSync(folder).mode & 0o7777, 0o700);
      assert.equal(fs.statSync(`${folder}/shop/control.sock`).mode & 0o777, 0o600);
      const own = await reeve(place, uid, 'status');
      assert.match(own.output, new RegExp(`^shop: pid ${daemon.masterPid}, `));
      const asRoot = await reeve(place, 0, 'status', 'shop');
      assert.match(asRoot.output, new RegExp(`^shop: pid ${daemon.masterPid}, `));
      // Also beside an instance of root's own.
      const runtime = `/run/reeve/roots-${process.pid}`;
      await withFolder(runtime, async () => {
        place.writeAnswering('root', 'root_app.py');
        const http = `http = 127.0.0.1:${await place.anotherPort()}`;
        const ini = `${http}\nwsgi-file = ${place.path('root_app.py')}`;
        const roots = await place.start({ bare: true, ini, env: { RUNTIME_DIRECTORY: runtime } });
        const listed = await reeve(place, 0, 'status');
        for (const { masterPid } of [daemon, roots]) {
          assert.match(listed.output, new RegExp(`^\\S+ +${masterPid} .*serving`, 'm'));
        }
        await roots.stop();
      });
      // Directories of root that a user may not enter, as podman has some, are no instances.
      await withFolder(`/run/closed-${process.pid}`, async () => {
        fs.chmodSync(`/run/closed-${process.pid}`, 0o700);
        const other = await reeve(place, uid + 1, 'status', 'shop');
        assert.equal(other.code, 69, other.output);
      });
      const reloaded = await reeve(place, uid, 'reload', 'shop');
      assert.match(reloaded.output, /generation 2 serves now/);
      const stopped = await reeve(place, uid, 'stop');
      assert.equal(stopped.code, 0, stopped.output);
      await until('it has ended', () => daemon.hasExited);
      assert.deepEqual(fs.readdirSync(folder), []);
    }),
  { skip: mustBeRoot },
);

story(
  'a folder in /tmp that is a link, of another user, or open to others is not used',
  (place) =>
    withoutFolder(async () => {
      const other = place.path('other');
      fs.mkdirSync(other, { mode: 0o700 });
      fs.chownSync(other, uid, uid);
      const traps: readonly (readonly [RegExp, () => void])[] = [
        [/is not a directory/, () => fs.symlinkSync(other, folder)],
        [/belongs to another user \(0\)/, () => fs.mkdirSync(folder, { mode: 0o777 })],
        [
          /open to other users: it needs mode 700/,
          () => {
            fs.mkdirSync(folder);
            fs.chownSync(folder, uid, uid);
            fs.chmodSync(folder, 0o777);
          },
        ],
      ];
      for (const [why, set] of traps) {
        fs.rmSync(folder, { recursive: true, force: true });
        set();
        const daemon = await startShop(place);
        await daemon.says(/there is no control socket, so `reeve status`, .* cannot reach/);
        assert.match(daemon.log(), why);
        assert.deepEqual(fs.readdirSync(other), []);
        const unseen = await reeve(place, uid, 'status', 'shop');
        assert.equal(unseen.code, 69, unseen.output);
        await daemon.stop();
      }
    }),
  { skip: mustBeRoot },
);
