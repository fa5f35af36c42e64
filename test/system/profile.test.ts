/** `reeve profile`: where the time of requests goes, of workers that go on serving. */

import assert from 'node:assert/strict';
import fs from 'node:fs';

import { parseXml } from '@rgrove/parse-xml';

import { Daemon } from '../support/daemon.ts';
import { story, type Place } from '../support/place.ts';
import { until } from '../support/until.ts';

const application = `
import time
def computes_here():
    end = time.perf_counter() + 0.01
    while time.perf_counter() < end: pass
class Shop:
    def sleeps_here(self): time.sleep(0.05)
def application(environ, start_response):
    computes_here()
    Shop().sleeps_here()
    start_response('200 OK', [])
    return [b'ok']
`;

async function profile(place: Place, ...words: readonly string[]) {
  return await place.run([Daemon.binary, 'profile', ...words, place.path('c')]);
}

/** Asks again and again until the work is done; returns how many answers there were. */
async function askedDuring(daemon: Daemon, work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  let answers = 0;
  const ask = async (): Promise<void> => {
    while (!isOver) {
      assert.equal((await daemon.get('/')).status, 200);
      answers += 1;
    }
  };
  await Promise.all([ask(), ask(), ask(), over]);
  return answers;
}

/** Waits until samples are taken of the only worker, which has one thread without that. */
async function sampled(daemon: Daemon): Promise<void> {
  await until('it is sampled', () => {
    const [pid = 0] = daemon.workerPids();
    return fs.readdirSync(`/proc/${pid}/task`).length === 2;
  });
}

/** Waits until the only worker has written samples, as it does once a second. */
async function written(daemon: Daemon): Promise<void> {
  await until('samples are written', () => {
    const folder = `/proc/${daemon.workerPids()[0]}/fd`;
    return fs.readdirSync(folder).some((fd) => {
      const isTheirs = fs.readlinkSync(`${folder}/${fd}`).includes('reeve-profile');
      return isTheirs && fs.statSync(`${folder}/${fd}`).size > 0;
    });
  });
}

/** The milliseconds of all stacks with this function, by the collapsed text. */
function milliseconds(text: string, name: string): number {
  return text
    .split('\n')
    .filter((line) => line.includes(name))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

story('the functions that take the time of requests, in each format', async (place) => {
  place.write('app.py', application);
  const ini = `control-socket = ${place.path('c')}\nmodule = app\nprocesses = 2\nthreads = 2`;
  const daemon = await place.start({ ini });
  const before = daemon.workerPids();
  const run = profile(place, '--seconds', '3', '--output', place.path('p.txt'));
  const answers = await askedDuring(daemon, run);
  const { code, output } = await run;
  assert.equal(code, 0, output);
  assert.match(output, /2 of 2 processes were sampled for 3 s by Reeve's own sampler/);
  const text = place.read('p.txt');
  assert.match(text, /^application \(app\.py\);(Shop\.)?sleeps_here \(app\.py\) \d+$/m);
  assert.ok(answers > 0);
  const [sleeps, computes] = ['sleeps_here', 'computes_here'].map((name) => {
    return milliseconds(text, name);
  });
  assert.ok((sleeps ?? 0) > (computes ?? 0) && (computes ?? 0) > 0, text);
  for (const name of ['p.svg', 'p.json']) {
    const one = profile(place, '--seconds', '1', '--output', place.path(name));
    await askedDuring(daemon, one);
    assert.equal((await one).code, 0);
  }
  assert.equal(parseXml(place.read('p.svg')).root?.name, 'svg');
  assert.match(place.read('p.svg'), /sleeps_here \(app\.py\): /);
  const { profiles } = JSON.parse(place.read('p.json'));
  assert.deepEqual(
    profiles.map(({ name }: { readonly name: string }) => name.replace(/ \(.*/, '')),
    ['worker 1', 'worker 2'],
  );
  assert.deepEqual(daemon.workerPids(), before);
  // The thread and the file of a sampler are gone.
  await until('nothing is left of it', () => {
    return before.every((pid) => {
      const files = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => {
        return fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
      });
      const threads = fs.readdirSync(`/proc/${pid}/task`);
      return threads.length === 2 && !files.some((file) => file.includes('reeve-profile'));
    });
  });
});

story('C code that holds the interpreter all the time is seen', async (place) => {
  const ini = `control-socket = ${place.path('c')}\nprocesses = 1\nthreads = 2`;
  const daemon = await place.start({ app: 'holds_interpreter', ini });
  const answer = daemon.get('/?60').catch(() => undefined);
  await until('it runs', async () => {
    const { output } = await place.run([Daemon.binary, 'status', place.path('c')]);
    return output.includes('GET /?60');
  });
  const { code, output } = await profile(place, '--seconds', '3', '--format', 'collapsed');
  assert.equal(code, 0, output);
  assert.match(
    output,
    /^application \(holds_interpreter\.py\);hold \(holds_interpreter\.py\) \d{3,}$/m,
  );
  assert.match(output, /worker 1 .*: its stacks were read once a second/);
  for (const pid of daemon.workerPids()) process.kill(pid, 'SIGKILL');
  await answer;
});

story('the workers that a reload brings are in it, beside those that leave', async (place) => {
  place.write('app.py', application);
  const ini = `control-socket = ${place.path('c')}\nmodule = app\nprocesses = 1`;
  const daemon = await place.start({ ini });
  const run = profile(place, '--seconds', '8', '--format', 'speedscope');
  const reloaded = (async () => {
    await written(daemon);
    await daemon.reload();
    await run;
  })();
  await askedDuring(daemon, reloaded);
  const { output } = await run;
  const { profiles } = JSON.parse(output.slice(output.indexOf('{')));
  assert.equal(profiles.length, 2, output);
});

story('what cannot be done is refused at once, with the reason', async (place) => {
  const ini = `control-socket = ${place.path('c')}`;
  const daemon = await place.start({ app: 'hello', ini });
  for (const [words, exitCode, reason] of [
    [['--seconds', '0'], 64, /"0" is not a number of seconds from 1 to 600/],
    [['--output', place.path('p.png')], 64, /names no format; end it with one of \.svg/],
    [['--format', 'png'], 64, /there is no format "png"/],
    [['--output', place.path('no/p.svg')], 73, /the file cannot be written: ENOENT/],
  ] as const) {
    const { code, output } = await profile(place, ...words);
    assert.equal(code, exitCode, output);
    assert.match(output, reason);
  }
  const first = profile(place, '--seconds', '5');
  await sampled(daemon);
  const second = await profile(place, '--seconds', '1');
  assert.equal(second.code, 69, second.output);
  assert.match(second.output, /another profile is being taken/);
  assert.match((await first).output, /no request ran|SELF/);
});
