/** Reeve as `npm pack` and `npm install -g` leave it: it runs on the user's Node. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

import { repository, testPython } from '../support/interpreters.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { story } from '../support/place.ts';

import type { Place } from '../support/place.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reeve-npm-'));
const prefix = path.join(directory, 'prefix');
const reeve = path.join(prefix, 'bin/reeve');
const modules = path.join(prefix, 'lib/node_modules/reeve/node_modules');
/** The pinned Node stands for the user's. */
const withNode = { PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
after(() => fs.rmSync(directory, { recursive: true, force: true }));

/** Runs npm; why it reached no registry, where that is what it says. */
function npm(...words: readonly string[]): string | undefined {
  const run = spawnSync('npm', [...words, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: repository,
    encoding: 'utf8',
    timeout: 600_000,
  });
  if (run.status === 0) return undefined;
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(run.stderr)) {
    return 'npm reaches no registry here';
  }
  throw new Error(`npm ${words.join(' ')}: ${run.error?.message ?? ''}\n${run.stderr}`);
}

/** Without its prepack: dist/ is built, and other tests run it. */
function install(): string | undefined {
  npm('pack', '--ignore-scripts', '--pack-destination', directory);
  const tarball = fs.globSync('reeve-*.tgz', { cwd: directory })[0] ?? '';
  // The scripts would build sd-notify, for npm's own Node, where there is a compiler.
  return npm(
    'install',
    '--global',
    '--ignore-scripts',
    '--prefix',
    prefix,
    `${directory}/${tarball}`,
  );
}

const missing = install();
const options = { skip: missing ?? (false as const), timeoutMs: 90_000 };

function hasNotifyLibrary(): boolean {
  const look = [`--eval`, `require(${JSON.stringify(path.join(modules, 'sd-notify'))})`];
  return spawnSync(process.execPath, look).status === 0;
}

/** Serves an application as systemd would have it, and returns what it was told. */
async function tellsReady(place: Place, kind: 'path' | 'abstract'): Promise<void> {
  const socket = await NotifySocket.open(place, kind);
  place.writeAnswering('from npm');
  const http = ['--http', `127.0.0.1:${place.port}`, '--module', 'app', '--master'];
  const daemon = await place.start({
    program: [reeve],
    args: [...http, '--python', testPython()],
    env: { ...withNode, NOTIFY_SOCKET: socket.path },
  });
  const ready = await socket.hears((message) => message['READY'] === '1');
  assert.equal(ready['MAINPID'], String(await daemon.pid('master')));
  assert.equal((await daemon.get('/')).text, 'from npm');
  await daemon.stop();
  await socket.hears((message) => message['STOPPING'] === '1');
  await socket.close();
}

story(
  'without the library that needs a compiler systemd is told all the same',
  async (place) => {
    assert.equal(hasNotifyLibrary(), false);
    await tellsReady(place, 'path');
  },
  options,
);

story(
  'so it is at an abstract address',
  async (place) => {
    assert.equal(hasNotifyLibrary(), false);
    await tellsReady(place, 'abstract');
  },
  options,
);

story(
  'with the library it is told by that',
  async (place) => {
    const built = path.join(repository, 'node_modules/sd-notify/build');
    fs.cpSync(built, path.join(modules, 'sd-notify/build'), { recursive: true });
    assert.equal(hasNotifyLibrary(), true);
    await tellsReady(place, 'path');
  },
  options,
);

story(
  'a Node that is too old is refused in a sentence',
  async (place) => {
    place.write('bin/node', '#!/bin/sh\necho v20.1.0\n');
    fs.chmodSync(place.path('bin/node'), 0o755);
    const env = { PATH: `${place.path('bin')}:${process.env['PATH'] ?? ''}` };
    const run = await place.run([reeve, '--version'], { env });
    assert.match(
      run.output,
      /^reeve: Reeve needs Node 24 or newer, and \S+ is version v20\.1\.0; /,
    );
    assert.equal(run.code, 71);
    const newer = await place.run([reeve, '--version'], { env: withNode });
    assert.match(newer.output, /^\d+\.\d+\.\d+\n$/);
  },
  options,
);
