/** Other programs are waited for only so long: systemd, its bus, a daemon in the background. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { serviceNumber } from '../../../src/base/libsystemd.ts';
import { answerOf, systemctlJob } from '../../../src/cli/units/systemctl.ts';

const LIMIT_MS = 200;
const path = process.env['PATH'];
let directory = '';

/** A systemctl and a busctl that say nothing and do not end. */
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  for (const name of ['systemctl', 'busctl']) {
    writeFileSync(join(directory, name), '#!/bin/sh\nexec sleep 600\n');
    chmodSync(join(directory, name), 0o755);
  }
  process.env['PATH'] = `${directory}:${path}`;
});
after(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

describe('a systemd that hangs', () => {
  const sentence = (command: string) =>
    new RegExp(`^${command} has not ended in 0.2 s; .*systemctl list-jobs.* shows what it waits`);
  const isSaid = (command: string) => (error: Error) => {
    assert.match(error.message, sentence(command));
    assert.equal('exitCode' in error && error.exitCode, 69);
    return true;
  };
  test('is not waited for by what asks it to do something', async () => {
    await assert.rejects(
      systemctlJob({ verb: 'restart', words: ['shop.service'], limitMs: LIMIT_MS }),
      isSaid('systemctl restart shop.service'),
    );
  });
  test('is not waited for by questions', () => {
    for (const program of ['systemctl', 'busctl'] as const) {
      const ask = () => answerOf(program, ['show', 'shop.service'], LIMIT_MS);
      assert.throws(ask, isSaid(`${program} show shop.service`));
    }
  });
});

test('a daemon in the background that hangs is not waited for, and is left as it is', () => {
  const daemonize = join(import.meta.dirname, '../../../src/cli/start/daemonize.ts');
  const [command, log] = [join(directory, 'command.mjs'), join(directory, 'daemon.log')];
  writeFileSync(
    command,
    `if (process.argv[2] === 'hang') {
       process.title = 'hangs';
       setInterval(() => {}, 1000);
     } else {
       const { daemonize } = await import(${JSON.stringify(daemonize)});
       const [logFile, argv] = [${JSON.stringify(log)}, [process.argv[1], 'hang']];
       const shownWhile = (pid, work) => work();
       const parts = { logFile, finalLogFile: logFile, argv, limitMs: 300, shownWhile };
       process.exit(await daemonize(parts));
     }`,
  );
  const { status, stderr } = spawnSync(process.execPath, [command], { encoding: 'utf8' });
  const sentence = /the daemon \(pid (\d+)\) is neither ready nor has ended after 0.3 s/;
  const pid = Number(sentence.exec(stderr)?.[1]);
  assert.ok(pid > 1, stderr);
  process.kill(pid, 'SIGKILL'); // It lives: else this throws.
  assert.equal(status, 69);
});

test(
  'a bus that accepts and says nothing does not hold up the start',
  { timeout: 60_000 },
  async () => {
    const path = join(directory, 'bus.sock');
    const server = createServer().listen(path);
    await once(server, 'listening');
    process.env['DBUS_SYSTEM_BUS_ADDRESS'] = `unix:path=${path}`;
    const startMs = performance.now();
    assert.equal(serviceNumber('FileDescriptorStoreMax'), undefined);
    // libsystemd's own limit is 90 s.
    assert.ok(performance.now() - startMs < 45_000);
    delete process.env['DBUS_SYSTEM_BUS_ADDRESS'];
    server.close();
  },
);
