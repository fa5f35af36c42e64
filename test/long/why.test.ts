/**
 * Ten planted faults on a Flask application: `reeve why` names the cause of each first. The
 * application has them all; each story starts it anew, and looks until the fault is there.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { Daemon } from '../support/daemon.ts';
import { cannotMount, SmallDisk } from '../support/mounts.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

interface Finding {
  readonly cause: string;
  readonly sentence: string;
  readonly severity: string;
}

interface Told {
  readonly code: number;
  readonly findings: readonly Finding[];
}

async function why(place: Place): Promise<Told> {
  const words = [Daemon.binary, 'why', '--json', place.path('c')];
  const { code, output } = await place.run(words);
  assert.ok(code === 0 || code === 1, output);
  return { code, findings: JSON.parse(output).findings };
}

/** Asks until something is found that fits; what is found first has to be this cause. */
async function found(place: Place, cause: string, sentence: RegExp): Promise<void> {
  const told = await until(
    `reeve why says ${sentence}`,
    async () => {
      const last = await why(place);
      if (last.findings.some((each) => sentence.test(each.sentence))) return last;
      throw new Error(JSON.stringify(last.findings, null, 1));
    },
    { timeoutMs: 40_000 },
  );
  const [first] = told.findings;
  assert.equal(first?.cause, cause, JSON.stringify(told.findings, null, 1));
  assert.match(first?.sentence ?? '', sentence);
  assert.equal(told.code, 1);
}

function troubled(place: Place, ini = '', env: Record<string, string> = {}): Promise<Daemon> {
  const lines = `control-socket = ${place.path('c')}\nworker-reload-mercy = 1\n${ini}`;
  return place.start({ app: 'troubled', ini: lines, env });
}

/** Requests whose answers nobody waits for; they end with the daemon. */
function ask(daemon: Daemon, ...targets: readonly string[]): void {
  for (const target of targets) daemon.get(target, { timeoutMs: 60_000 }).catch(() => undefined);
}

/** So many clients ask over and over meanwhile. */
async function whileAsked(
  daemon: Daemon,
  target: string,
  count: number,
  happening: () => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const client = async (): Promise<void> => {
    while (!stop.signal.aborted) await daemon.get(target, { timeoutMs: 60_000 });
  };
  const clients = Promise.allSettled(Array.from({ length: count }, client));
  try {
    await happening();
  } finally {
    stop.abort();
    await clients;
  }
}

/** Its workers hang for ever: nothing is waited for. */
async function end(daemon: Daemon): Promise<void> {
  await daemon.signal('master', 'SIGKILL');
  await daemon.exit;
}

story('where nothing is wrong it says so, and ends with 0', async (place) => {
  const daemon = await troubled(place);
  for (let times = 0; times < 20; times += 1) await daemon.get('/');
  const told = await why(place);
  assert.deepEqual(
    [told.code, told.findings.filter(({ severity }) => severity !== 'note')],
    [0, []],
  );
  const { output } = await place.run([Daemon.binary, 'why', place.path('c')]);
  assert.match(output, /nothing is wrong: 1 worker with 1 slot/);
});

story('a slow query', async (place) => {
  const daemon = await troubled(place, 'processes = 2');
  ask(daemon, '/query', '/query', '/');
  await found(
    place,
    'slow-requests',
    /^1 request waits .* because 2 of 2 slots run \/query .* query$/,
  );
  await end(daemon);
});

story('a leak', async (place) => {
  const daemon = await troubled(place);
  for (let times = 0; times < 60; times += 1) {
    await daemon.get('/leak');
    await daemon.get('/');
  }
  await found(place, 'memory-growth', /grows by \d+ MB with 1000 requests of GET \/leak /);
});

story('a deadlock', async (place) => {
  const daemon = await troubled(place, 'threads = 2');
  ask(daemon, '/one', '/other', '/');
  await found(place, 'deadlock', /2 requests \(.*\/o(ne|ther) and \/o(ne|ther)\) .* no thread/);
  await end(daemon);
});

story('a thread that holds the interpreter', async (place) => {
  const daemon = await troubled(place, 'threads = 3');
  ask(daemon, '/hold');
  // The others would else be answered before it begins, on a machine with much to do.
  await found(place, 'slow-requests', /1 of 3 slots runs \/hold /);
  // Each look lets those that wait have the interpreter for a moment, and they are answered.
  await whileAsked(daemon, '/', 2, async () => {
    await found(
      place,
      'interpreter-held',
      /^GET \/hold, .* holds Python's interpreter .* in hold; /,
    );
    await end(daemon);
  });
});

story('a thread that forked workers do not have', async (place) => {
  const daemon = await troubled(place, 'threads = 2', { THREAD_AT_IMPORT: '1' });
  ask(daemon, '/ask');
  await found(place, 'fork-unsafe-thread', /1 request \(\/ask\) .* 1 thread \(answers\) while/);
  await end(daemon);
});

story('a request that kills its worker', async (place) => {
  const daemon = await troubled(place, 'processes = 2');
  for (let times = 0; times < 3; times += 1) assert.equal((await daemon.get('/crash')).status, 502);
  await found(
    place,
    'poison-request',
    /3 workers have ended, always while they ran GET \/crash .*SIGSEGV/,
  );
});

story('a deploy that does not load', async (place) => {
  const daemon = await troubled(place);
  fs.appendFileSync(place.path('troubled.py'), '\nimport module_that_is_not_there\n');
  assert.equal(await daemon.reload(), 'failed');
  await found(place, 'broken-deploy', /the last reload failed .*module_that_is_not_there/);
});

story('too few workers', async (place) => {
  const daemon = await troubled(place);
  await whileAsked(daemon, '/short', 12, () =>
    found(place, 'too-few-workers', /requests wait .* run for 0\.\d s only: .* 1 slot is busy/),
  );
});

story(
  'a full disk',
  async (place) => {
    using disk = new SmallDisk('size=1m');
    const daemon = await troubled(place, '', { TMPDIR: disk.path });
    for (let times = 0; times < 4; times += 1) {
      assert.equal((await daemon.get('/export')).status, 500);
    }
    assert.throws(() => fs.writeFileSync(`${disk.path}/filler`, Buffer.alloc(2_000_000)), /ENOSPC/);
    await found(place, 'full-disk', /a disk is full: .*reeve small disk-.* has \d+ B of 1 MB free/);
    await daemon.stop();
  },
  { skip: cannotMount },
);

story('a task that hangs', async (place) => {
  const daemon = await troubled(place, `spooler = ${place.path('tasks')}`, { TASKS: '1' });
  await daemon.get('/mail');
  await daemon.get('/mail');
  await found(place, 'hung-task', /^spooler 1 .* it sleeps, in .* in send_mail; 1 task wait/);
  await end(daemon);
});
