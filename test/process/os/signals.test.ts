/** What each signal means to the master, on a terminal and without one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';

import { until } from '../../support/until.ts';
import { directory, run, says, source } from './harness.ts';

const program = (isHangupIgnored: boolean) => `
  import { writeSync } from 'node:fs';
  import { bindSignals, hasTerminal } from '${source.href}master/operator/signals.ts';
  const out = Number(process.env.OUT_FD ?? 1);
  const say = (text) => { try { writeSync(out, text + '\\n'); } catch {} };
  setInterval(() => {}, 1000);
  const signals = bindSignals({
    onRequest: (request) => say(request),
    isTaken: () => false,
    isHangupIgnored: ${isHangupIgnored},
    now: () => performance.now(),
  });
  process.on('SIGUSR2', () => { signals.watchTerminal(); say('looked'); });
  say('bound ' + hasTerminal());`;

describe('a signal', () => {
  test('is a request, or does no harm', async (t) => {
    const master = run(t, program(false), { wrapper: ['setsid', '--wait'] });
    await says(master, 'bound false');
    const pid = Number(readFileSync(`/proc/${master.child.pid}/task/${master.child.pid}/children`));
    const target = pid === 0 ? (master.child.pid ?? 0) : pid;
    const expected: [NodeJS.Signals, string][] = [
      ['SIGTTIN', ''],
      ['SIGTTOU', ''],
      ['SIGALRM', ''],
      ['SIGWINCH', ''],
      ['SIGPIPE', ''],
      ['SIGTERM', 'terminate'],
      ['SIGINT', 'interrupt'],
      ['SIGQUIT', 'quit'],
      ['SIGHUP', 'reload'],
      ['SIGTSTP', 'suspend'],
      ['SIGCONT', 'resume'],
      ['SIGUSR1', 'status'],
      ['SIGCHLD', 'child-ended'],
    ];
    let seen = 'bound false\n';
    for (const [signal, request] of expected) {
      process.kill(target, signal);
      if (request === '') continue;
      seen += `${request}\n`;
      await says(master, seen);
    }
    assert.equal(master.output(), seen);
    process.kill(target, 'SIGKILL');
    await master.ended;
  });
});

/** The program on a terminal of its own; what it says goes to a file that outlives the terminal. */
async function onTerminal(t: TestContext, text: string) {
  const folder = directory(t);
  const said = join(folder, 'said');
  const script = new URL('../../support/terminal.py', import.meta.url).pathname;
  const node = [process.execPath, '--input-type=module-typescript', '-e', text];
  const words = [script, join(folder, 'screen'), 'sh', '-c', `exec "$@" 7>>${said}`, 'sh', ...node];
  const terminal = spawn('python3', words, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OUT_FD: '7' },
  });
  let printed = '';
  terminal.stdout.on('data', (bytes: Buffer) => (printed += bytes));
  const output = () => (existsSync(said) ? readFileSync(said, 'utf8') : '');
  const hears = (line: string) =>
    until(`it says ${line}`, () => {
      if (output().includes(`${line}\n`)) return true;
      throw new Error(output());
    });
  await hears('bound true');
  const pid = Number(/pid (\d+)/.exec(printed)?.[1]);
  t.after(() => {
    process.kill(pid, 'SIGKILL');
    terminal.kill('SIGKILL');
  });
  const hangUp = () => terminal.stdin.write('hangup\n');
  return { pid, hears, output, hangUp };
}

describe('SIGHUP on a terminal', () => {
  test('is a reload while the terminal is there, and a hang-up when it goes', async (t) => {
    const { pid, hears, output, hangUp } = await onTerminal(t, program(false));
    process.kill(pid, 'SIGHUP');
    await hears('reload');
    hangUp();
    await hears('hang-up');
    assert.ok(!/^reload$/m.test(output().split('hang-up')[1] ?? ''), output());
  });

  test('under nohup survives the terminal, and is a reload afterwards', async (t) => {
    const { pid, hears, output, hangUp } = await onTerminal(t, program(true));
    hangUp();
    // The kernel sends SIGCONT after the SIGHUP of a terminal that has gone.
    await hears('resume');
    assert.ok(!/reload|hang-up/.test(output()), output());
    process.kill(pid, 'SIGHUP');
    await hears('reload');
  });
});
