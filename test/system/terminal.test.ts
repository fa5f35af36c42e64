/** Point 3, on a terminal: Ctrl-C, twice, the terminal that goes away, nohup. */

import assert from 'node:assert/strict';

import { request } from '../support/http.ts';
import { testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { isAlive } from '../support/processes.ts';
import { said } from '../support/said.ts';
import { Terminal } from '../support/terminal.ts';
import { throughout, until } from '../support/until.ts';

const shownWhenServing = /ready/;

/** Writes an ini for waits_for_file and starts Reeve with it on a terminal. */
async function startOnTerminal(
  place: Place,
  ini = '',
  wrapper: readonly string[] = [],
  serving = shownWhenServing,
): Promise<Terminal> {
  place.copyApplication('waits_for_file');
  const lines = [
    `http = 127.0.0.1:${place.port}`,
    `python = ${testPython()}`,
    'module = waits_for_file',
    'worker-reload-mercy = 5',
  ];
  place.write('app.ini', `[uwsgi]\n${lines.join('\n')}\n${ini}\n`);
  const terminal = await Terminal.run(place, { args: ['app.ini'], wrapper, until: serving });
  await until('it serves', () =>
    request({ port: place.port }, '/').then(
      () => true,
      () => false,
    ),
  );
  return terminal;
}

story('Ctrl-C says at once what it waits for, lets it finish, and ends with 0', async (place) => {
  const terminal = await startOnTerminal(place);
  const running = request({ port: place.port }, `/?${place.path('go')}`);
  await terminal.shows(/waits for/);
  terminal.interrupt();
  await terminal.shows(/waiting for 1 request, at most 5 s/);
  place.write('go', '');
  assert.equal((await running).status, 200);
  assert.equal(await terminal.exitCode(), 0);
});

story('a second Ctrl-C ends it now', async (place) => {
  const terminal = await startOnTerminal(place, 'worker-reload-mercy = 60');
  request({ port: place.port }, `/?${place.path('never')}`).catch(() => undefined);
  await terminal.shows(/waits for/);
  terminal.interrupt();
  await terminal.shows(said.waiting);
  terminal.interrupt();
  assert.equal(await terminal.exitCode(), 0);
});

story('on a terminal the log is short lines without JSON', async (place) => {
  const terminal = await startOnTerminal(place);
  for (const line of terminal.output().split('\n')) assert.doesNotMatch(line, /^\{/);
  terminal.interrupt();
  assert.equal(await terminal.exitCode(), 0);
});

story('when the terminal goes away it stops', async (place) => {
  const terminal = await startOnTerminal(place);
  const pid = await terminal.pid();
  terminal.hangUp();
  assert.equal(await terminal.exitCode(), 0);
  assert.equal(isAlive(pid), false);
});

story(
  'under nohup it goes on without its terminal, and a SIGHUP sent to it reloads',
  async (place) => {
    // nohup sends the output of a terminal to nohup.out in the working directory.
    const terminal = await startOnTerminal(place, '', ['nohup'], /nohup|ready/);
    const pid = await terminal.pid();
    terminal.hangUp();
    await throughout('it serves', 1500, () => isAlive(pid));
    assert.equal((await request({ port: place.port }, '/')).status, 200);
    process.kill(pid, 'SIGQUIT');
    await until('it has ended', () => !isAlive(pid));
  },
);

story(
  'honour-stdin lets a debugger in the application talk to who has started it',
  async (place) => {
    place.write(
      'asks.py',
      `import sys
def application(environ, start_response):
    path = environ["PATH_INFO"]
    answer = "" if path == "/" else sys.stdin.readline()
    if path == "/debug":
        breakpoint()
    start_response("200 OK", [])
    return [repr(answer).encode()]
`,
    );
    const asks = async (target: string): Promise<string> =>
      (await request({ port: place.port }, target)).text;
    const terminal = await startOnTerminal(place, 'module = asks\nhonour-stdin = true');
    terminal.type('to the application');
    const first = asks('/debug');
    await terminal.shows(/\(Pdb\)/);
    terminal.type('p answer, 6 * 7');
    await terminal.shows(/\('to the application\\n', 42\)/);
    terminal.type('answer = "by hand"');
    terminal.type('continue');
    assert.equal(await first, "'by hand'");

    const pid = await terminal.pid();
    process.kill(pid, 'SIGHUP');
    await terminal.shows(/generation 2 serves/);
    terminal.type('to the next one');
    assert.equal(await asks('/line'), "'to the next one\\n'");

    place.write('app.ini', place.read('app.ini').replace('honour-stdin = true', ''));
    process.kill(pid, 'SIGHUP');
    await terminal.shows(/generation 3 serves/);
    terminal.type('to nobody');
    assert.equal(await asks('/line'), "''");
    terminal.interrupt();
    assert.equal(await terminal.exitCode(), 0);
  },
);
