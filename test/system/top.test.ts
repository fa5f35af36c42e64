/** `reeve top` on a terminal, and without one. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import { repository } from '../support/interpreters.ts';
import { story, type Place } from '../support/place.ts';
import { processesWithEnvironment } from '../support/processes.ts';
import { Terminal, type TerminalOptions } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { writtenScreen, type WrittenScreen } from '../support/written-screen.ts';

/** A shell around it says afterwards how the terminal was left. */
const withModes = ['sh', '-c', '"$@"; code=$?; stty -a; exit $code', 'sh'];

async function start(place: Place, ini = ''): Promise<Daemon> {
  place.copyApplication('waits_for_file');
  return await place.start({
    app: 'waits_for_file',
    ini: `control-socket = ${place.path('c')}\nprocesses = 2\nthreads = 2\n${ini}`,
  });
}

async function watch(place: Place, options: Partial<TerminalOptions> = {}): Promise<Terminal> {
  const args = ['top', '--interval=0.2', place.path('c')];
  return await Terminal.run(place, { args, wrapper: withModes, until: /WORKER/, ...options });
}

/** Waits until the screen is so; returns it. */
async function seen(
  terminal: Terminal,
  what: string,
  isSo: (text: string, screen: WrittenScreen) => boolean,
): Promise<WrittenScreen> {
  return await until(
    what,
    () => {
      const screen = writtenScreen(terminal.output());
      const text = screen.rows.join('\n');
      if (isSo(text, screen)) return screen;
      throw new Error(text);
    },
    { timeoutMs: 60_000 },
  );
}

/** What was there before the command is there again, and lines are edited by the kernel. */
async function assertRestored(terminal: Terminal, code: number): Promise<string> {
  assert.equal(await terminal.exitCode(), code);
  const { isOtherBuffer, hasCursor, usual } = writtenScreen(terminal.output());
  assert.deepEqual([isOtherBuffer, hasCursor], [false, true]);
  assert.match(usual, /[ ;]icanon/);
  assert.match(usual, /[ ;]echo /);
  return usual;
}

function topOf(place: Place): number {
  const found = processesWithEnvironment(place.marker).find(
    ({ title }) => title.trim() === 'reeve',
  );
  if (found === undefined) throw new Error('reeve top does not run');
  return found.pid;
}

story('it shows what runs, reacts to its size and keys, and reloads when it may', async (place) => {
  const daemon = await start(place);
  const waiting = request({ port: place.port }, `/?${place.path('go')}`, { timeoutMs: 60_000 });
  const terminal = await watch(place);
  const screen = await seen(terminal, 'a slot is busy', (text) => /1 of 4 busy/.test(text));
  assert.ok(screen.isOtherBuffer && !screen.hasCursor);
  assert.equal(screen.rows.length, 24);
  assert.deepEqual(
    screen.rows.filter((row) => row.length > 80),
    [],
  );
  assert.match(screen.rows.join('\n'), /#\.|\.#/);
  assert.match(screen.rows.join('\n'), / GET \/$/m);
  assert.ok(screen.styles.has('32'), 'it has colours');
  for (let times = 0; times < 5; times += 1) await request({ port: place.port }, '/');
  await seen(terminal, 'requests were seen', (text) => /p50 \d/.test(text));
  terminal.resize(120, 40);
  await seen(terminal, 'it has 40 lines', (_, { rows }) => rows.length === 40);
  terminal.press('h');
  await seen(terminal, 'help', (text) => /quit\n/.test(text));
  terminal.press('\x1b');
  // Sorted by time, so that the worker that runs something is the first, which is chosen.
  terminal.press('<');
  await seen(terminal, 'it is the first', (text) => /RUNS\n.* GET \/$/m.test(text));
  terminal.press('s');
  await seen(terminal, 'the stack', (text) => /waits_for_file\.py:\d+ in application/.test(text));
  terminal.press('\x1b');
  terminal.press('o');
  terminal.press('r');
  await seen(terminal, 'the question', (text) => /reload .*\? y reloads/.test(text));
  terminal.press('n');
  await seen(terminal, 'it is not reloaded', (text) => /is not reloaded/.test(text));
  assert.equal(daemon.timesSaid(/reload of generation|generation 2/), 0);
  terminal.press('r');
  await seen(terminal, 'the question again', (text) => /\? y reloads/.test(text));
  place.write('go', '');
  assert.equal((await waiting).status, 200);
  terminal.press('y');
  await seen(terminal, 'the outcome', (text) => /reloaded .* ago/.test(text));
  terminal.press('q');
  await assertRestored(terminal, 0);
});

for (const [title, end] of [
  ['Ctrl-C', (terminal) => terminal.interrupt()],
  ['SIGTERM', (_, place) => process.kill(topOf(place), 'SIGTERM')],
] as const satisfies [string, (terminal: Terminal, place: Place) => void][]) {
  story(`${title} restores the terminal, without colours where none are wanted`, async (place) => {
    await start(place);
    const terminal = await watch(place, { env: { NO_COLOR: '1' } });
    const screen = await seen(terminal, 'the workers', (text) => /RUNS/.test(text));
    assert.deepEqual(
      [...screen.styles].filter((style) => /[34]\d/.test(style)),
      [],
    );
    end(terminal, place);
    await assertRestored(terminal, 0);
  });
}

story('an instance that hangs is shown as silent, and as before when it answers', async (place) => {
  const daemon = await start(place);
  const terminal = await watch(place);
  await daemon.signal('master', 'SIGSTOP');
  await seen(terminal, 'it is silent', (text) => /no answer for \d+ s/.test(text));
  await daemon.signal('master', 'SIGCONT');
  await seen(terminal, 'it answers', (text) => /every 0\.2 s/.test(text));
  terminal.press('q');
  await assertRestored(terminal, 0);
});

story('when the instance has ended, the terminal is restored and it says so', async (place) => {
  const daemon = await start(place);
  const terminal = await watch(place);
  await daemon.signal('master', 'SIGTERM');
  assert.equal(await daemon.exitCode(), 0);
  assert.match(await assertRestored(terminal, 69), /reeve: .* has ended/);
});

story('a fault in it restores the terminal before it is reported', async (place) => {
  place.write(
    'faulty.ts',
    `import { Terminal } from ${JSON.stringify(`${repository}/src/cli/top/terminal.ts`)};
     import { line } from ${JSON.stringify(`${repository}/src/cli/top/line.ts`)};
     const nothing = () => {};
     const parts = { colours: 'none', onKeys: nothing, onResize: nothing, onEnd: nothing };
     new Terminal(parts).show([line('it works')]);
     setTimeout(() => { throw new Error('planted'); }, 50);`,
  );
  const program = [process.execPath, place.path('faulty.ts')];
  const terminal = await watch(place, { program, args: [], until: /it works/ });
  await assertRestored(terminal, 1);
});

story(
  'without a terminal it prints once, and goes on in lines where that is asked',
  async (place) => {
    await start(place);
    const socket = place.path('c');
    const once = await place.run([Daemon.binary, 'top', '--interval=0.1', socket]);
    assert.equal(once.code, 0, once.output);
    assert.match(once.output, /^slots +\[\.{4}\] {2}0 of 4 busy$/m);
    assert.ok(!once.output.includes('\x1b'));
    const batch = `"$0" top --batch --interval=0.1 ${socket} | head -30 | grep -c WORKER`;
    assert.match((await place.run(['sh', '-c', batch, Daemon.binary])).output, /^[2-9]$/m);
    const dumb = await watch(place, { env: { TERM: 'dumb' }, wrapper: [] });
    dumb.interrupt();
    assert.equal(await dumb.exitCode(), -2);
    assert.ok(!dumb.output().includes('\x1b'));
    for (const [flags, sentence] of [
      [['--interval=0'], /"0" is not a number of seconds from 0.1 to 3600/],
      [['--once', '--batch'], /either --once or --batch/],
      [['/none'], /there is no \/none/],
    ] as const) {
      const told = await place.run([Daemon.binary, 'top', ...flags]);
      assert.notEqual(told.code, 0);
      assert.match(told.output, sentence);
    }
  },
);
