/** The pidfile, and the commands that believe it only where it can be believed. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { OperatorError } from '../../../src/base/operator-error.ts';
import { acquirePidfile, inspectPidfile } from '../../../src/base/files/pidfile.ts';
import { directory, needsRoot, run, says, started } from './harness.ts';
import type { Program } from './harness.ts';

/** A process called `name` that holds the pidfile and says which signals it gets. */
async function holder(t: TestContext, path: string, name = 'reeve', pid = 'process.pid') {
  const program = run(
    t,
    `
    import { writeSync } from 'node:fs';
    import { spawn } from 'node:child_process';
    import { setComm } from '$src/base/libc.ts';
    import { acquirePidfile } from '$src/base/files/pidfile.ts';
    setComm('${name}');
    for (const signal of ['SIGQUIT', 'SIGHUP', 'SIGTSTP', 'SIGCONT']) {
      process.on(signal, () => writeSync(1, signal + ' '));
    }
    setInterval(() => {}, 1000);
    acquirePidfile(${JSON.stringify(path)}, ${pid});
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    writeSync(1, 'held child=' + child.pid + ' ');`,
  );
  await says(program, 'held');
  const sleeper = Number(/child=(\d+)/.exec(program.output())?.[1]);
  t.after(() => process.kill(sleeper, 'SIGKILL'));
  return program;
}

function refusal(path: string): { code: number; sentence: string } {
  try {
    acquirePidfile(path, process.pid).release('keep');
  } catch (error) {
    assert.ok(error instanceof OperatorError, String(error));
    return { code: error.exitCode, sentence: error.message };
  }
  throw new Error('the pidfile was not refused');
}

describe('the pidfile', () => {
  test('holds the pid, may be read by everybody, and goes with vacuum only', (t) => {
    const path = join(directory(t), 'app.pid');
    const first = acquirePidfile(path, 4711);
    assert.equal(readFileSync(path, 'utf8'), '4711\n');
    assert.equal(statSync(path).mode & 0o777, 0o644);
    first.release('keep');
    assert.equal(readFileSync(path, 'utf8'), '4711\n');
    acquirePidfile(path, 4712).release('remove');
    assert.ok(!existsSync(path));
  });

  test('of a live master is refused, and names it', async (t) => {
    const path = join(directory(t), 'app.pid');
    const master = await holder(t, path);
    const { code, sentence } = refusal(path);
    assert.equal(code, 73);
    assert.ok(sentence.includes(`reeve (pid ${master.child.pid}) is running`), sentence);
    assert.equal(readFileSync(path, 'utf8'), `${master.child.pid}\n`);
  });

  test('of a master that was killed is taken over, though its child lives', async (t) => {
    const path = join(directory(t), 'app.pid');
    const master = await holder(t, path);
    master.child.kill('SIGKILL');
    await master.ended.catch(() => undefined);
    acquirePidfile(path, 1234).release('keep');
    assert.equal(readFileSync(path, 'utf8'), '1234\n');
  });

  test('that names a live uwsgi is refused, though uwsgi does not lock it', async (t) => {
    const path = join(directory(t), 'app.pid');
    const other = join(directory(t), 'other.pid');
    const uwsgi = await holder(t, other, 'uwsgi');
    writeFileSync(path, `${uwsgi.child.pid}\n`);
    const { sentence } = refusal(path);
    assert.ok(sentence.includes(`uwsgi (pid ${uwsgi.child.pid}) is running`), sentence);
  });

  test('is never won by two that start at once', async (t) => {
    const path = join(directory(t), 'app.pid');
    const starters = Array.from({ length: 6 }, () =>
      run(
        t,
        `
        import { acquirePidfile } from '$src/base/files/pidfile.ts';
        try { acquirePidfile(${JSON.stringify(path)}, process.pid); console.log('won'); }
        catch { console.log('lost'); }
        setInterval(() => {}, 1000);`,
      ),
    );
    await Promise.all(starters.map((starter) => says(starter, '\n')));
    const winners = starters.filter((starter) => starter.output() === 'won\n');
    assert.equal(winners.length, 1);
    assert.equal(readFileSync(path, 'utf8'), `${winners[0]?.child.pid}\n`);
  });

  test('is not written through a link, nor over a file that is no pidfile', (t) => {
    const folder = directory(t);
    const precious = join(folder, 'precious');
    writeFileSync(precious, 'root:x:0:0\n'.repeat(9));
    symlinkSync(precious, join(folder, 'link'));
    assert.match(refusal(join(folder, 'link')).sentence, /symbolic link/);
    assert.match(refusal(precious).sentence, /too long to be a pidfile/);
    assert.match(refusal(folder).sentence, /cannot be made or written: it is a directory/);
    assert.equal(readFileSync(precious, 'utf8'), 'root:x:0:0\n'.repeat(9));
  });

  test('in a directory that does not exist is refused with advice', () => {
    const { code, sentence } = refusal('/no/such/directory/app.pid');
    assert.equal(code, 73);
    assert.match(sentence, /directory does not exist; make its directory/);
  });

  test('that another process has replaced is left to it', (t) => {
    const path = join(directory(t), 'app.pid');
    const ours = acquirePidfile(path, 1);
    unlinkSync(path);
    writeFileSync(path, '4711\n');
    ours.release('remove');
    assert.equal(readFileSync(path, 'utf8'), '4711\n');
  });

  test('is emptied where it may not be removed any more', { skip: needsRoot }, async (t) => {
    const folder = directory(t);
    mkdirSync(join(folder, 'run'), { mode: 0o755 });
    chmodSync(folder, 0o755);
    const path = join(folder, 'run', 'app.pid');
    const text = `
      import { acquirePidfile } from '$src/base/files/pidfile.ts';
      const pidfile = acquirePidfile(${JSON.stringify(path)}, process.pid);
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      pidfile.release('remove');`;
    const program = run(t, text);
    assert.equal(await program.ended, '0', program.output());
    assert.equal(readFileSync(path, 'utf8'), '');
  });

  test('that may not be written is refused with 77', { skip: needsRoot }, async (t) => {
    const path = join(directory(t), 'app.pid');
    writeFileSync(path, '');
    const text = `
      import { acquirePidfile } from '$src/base/files/pidfile.ts';
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      try { acquirePidfile(${JSON.stringify(path)}, process.pid); }
      catch (error) { console.log(error.exitCode, error.message); }`;
    const program = run(t, text);
    await program.ended;
    assert.match(program.output(), /^77 the pidfile .* cannot be made or written: not permitted/);
  });
});

describe('looking at a pidfile', () => {
  test('tells a live master, a stale pid and text apart', async (t) => {
    const folder = directory(t);
    const path = join(folder, 'app.pid');
    const master = await holder(t, path);
    assert.deepEqual(inspectPidfile(path), { kind: 'held', pid: master.child.pid });
    for (const text of ['', 'none', '-1', '0', '12 34', '99999999999']) {
      writeFileSync(join(folder, 'odd'), text);
      assert.deepEqual(inspectPidfile(join(folder, 'odd')), { kind: 'no-pid', isHeld: false });
    }
    writeFileSync(join(folder, 'stale'), '4711\n');
    assert.deepEqual(inspectPidfile(join(folder, 'stale')), { kind: 'stale', pid: 4711 });
    assert.equal(inspectPidfile(join(folder, 'missing')).kind, 'unreadable');
  });
});

/** Runs `reeve --COMMAND path`. */
async function commanded(t: TestContext, command: string, path: string): Promise<Program> {
  const text = `
    import { runPidfileCommand } from '$src/cli/start/pidfile-commands.ts';
    process.exitCode = await runPidfileCommand('${command}', ${JSON.stringify(path)});`;
  const program = run(t, text);
  await program.ended;
  return program;
}

describe('a command with a pidfile', () => {
  test('signals the master and returns', async (t) => {
    const path = join(directory(t), 'app.pid');
    const master = await holder(t, path);
    const expected = { stop: 'SIGQUIT', reload: 'SIGHUP', suspend: 'SIGTSTP', resume: 'SIGCONT' };
    for (const [command, signal] of Object.entries(expected)) {
      const program = await commanded(t, command, path);
      assert.equal(`${await program.ended} ${program.output()}`, '0 ');
      await says(master, `${signal} `);
    }
  });

  test('signals nobody and says why, where the file names no live master', async (t) => {
    const folder = directory(t);
    const sleeper = started(t, 'sleep', ['60']);
    writeFileSync(join(folder, 'stale'), '2147483647\n');
    writeFileSync(join(folder, 'another'), `${sleeper.child.pid}\n`);
    writeFileSync(join(folder, 'empty'), '');
    await holder(t, join(folder, 'impostor'), 'not-reeve');
    await holder(t, join(folder, 'foreign'), 'reeve', String(sleeper.child.pid));
    const sentences: Record<string, RegExp> = {
      stale: /^reeve: --stop: .* is stale: no process holds it any more .*; no signal was sent\n$/,
      another: /names pid \d+, which is sleep and not reeve; no signal was sent\n$/,
      empty: /holds no pid: nothing is running with it/,
      missing: /cannot be read/,
      impostor: /which is not-reeve and not reeve/,
      foreign: /names pid \d+, but it is held by pid \d+; no signal was sent/,
    };
    for (const [name, sentence] of Object.entries(sentences)) {
      const program = await commanded(t, 'stop', join(folder, name));
      assert.equal(await program.ended, '1');
      assert.match(program.output(), sentence);
    }
    assert.equal(sleeper.child.exitCode, null);
  });
});
