/** Tasks and caches on a server of Redis that two instances share, as two machines would. */

import assert from 'node:assert/strict';
import path from 'node:path';

import { Daemon } from '../support/daemon.ts';
import { request } from '../support/http.ts';
import { story } from '../support/place.ts';
import type { Place } from '../support/place.ts';
import { noRedis, RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const long = { timeoutMs: 90_000 };

/** Tells a story beside a server that runs, and stops it. */
function redisStory(
  title: string,
  tell: (place: Place, redis: RedisServer) => Promise<void>,
): void {
  story(
    title,
    async (place) => {
      const redis = new RedisServer(place);
      try {
        await redis.start();
        await tell(place, redis);
      } finally {
        await redis.stop();
      }
    },
    { timeoutMs: 90_000, skip: noRedis },
  );
}

function ran(place: Place): string[] {
  return place.read('ran').split('\n').filter(Boolean);
}

redisStory(
  'two instances share tasks: in their order, again after kill -9, put aside after too many tries',
  async (place, redis) => {
    const env = { RAN: place.path('ran'), GO: place.path('go') };
    const queue = `${redis.address}?queue=shop`;
    const first = await place.start({
      app: 'spools',
      ini: `spooler-external = ${queue}`,
      env,
    });
    await first.get('/sleep?number=1');
    await first.get('/ok?number=4&size=200000');
    await first.get('/ok?number=3&priority=20');
    await first.get('/ok?number=2&priority=3');
    await first.get(`/ok?number=9&at=${Math.floor(Date.now() / 1000) + 3600}`);
    assert.match((await first.get('/ok?long=70000')).text, /65535 bytes in all/);
    const port = await place.anotherPort();
    const second = await place.start({
      app: 'spools',
      bare: true,
      ini: [
        `http = 127.0.0.1:${port}\nchdir = ${place.directory}\nmodule = spools:application`,
        `python = ${path.resolve(process.env['REEVE_TEST_PYTHON'] ?? 'python3')}`,
        `spooler = ${queue}\nspooler-retries = 2\nworker-reload-mercy = 5`,
      ].join('\n'),
      env,
    });
    await until('one with a priority is before the others', () => ran(place).length === 3, long);
    assert.deepEqual(ran(place), ['ok 2 0', 'ok 3 0', 'sleep 1 0']);
    process.kill(await second.pid('spooler 1'), 'SIGKILL');
    place.write('go', '');
    await until('what was killed runs again', () => ran(place).length === 5, long);
    assert.deepEqual(ran(place).toSorted(), [
      ...['ok 2 0', 'ok 3 0', 'ok 4 200000', 'sleep 1 0', 'sleep 1 0'],
    ]);
    await request({ port }, '/raise?number=5');
    await second.says(/job\.dead|was put aside after 2 tries/, long);
    const run = place.environment();
    const reeve = async (...words: string[]): Promise<string> =>
      (await place.run([Daemon.binary, ...words], { env: run })).output;
    const listed = await reeve('jobs', 'list', second.iniPath);
    assert.match(listed, /put aside .* tried 2 times: RuntimeError: on purpose/);
    assert.match(listed, /: waits for (59|60) min/);
    assert.ok(listed.endsWith(`1 queued, 1 put aside in ${redis.shown}?queue=shop\n`), listed);
    const failed = /(\S+): put aside/.exec(listed)?.[1] ?? '';
    assert.match(await reeve('jobs', 'show', failed, second.iniPath), /"kind" = "raise"/);
    await reeve('jobs', 'retry', failed, second.iniPath);
    await until(
      'it is tried again',
      () => ran(place).filter((l) => l === 'raise 5 0').length === 3,
    );
    await until('the status says so', async () =>
      /tasks in \S+queue=shop: [12] queued/.test(await reeve('status', second.iniPath)),
    );
    assert.equal(await reeve('jobs', 'drop', failed, queue), 'reeve: 1 task removed\n');
    assert.doesNotMatch(second.log() + (await reeve('status', second.iniPath)), /s3cret/);
    await first.stop();
    await second.stop();
  },
);

redisStory(
  'a server that is away for a while loses no task, and is told of',
  async (place, redis) => {
    const env = { RAN: place.path('ran'), GO: place.path('go') };
    const daemon = await place.start({ app: 'spools', ini: `spooler = ${redis.address}`, env });
    await daemon.get('/sleep?number=1');
    await until('it runs', () => ran(place).length === 1);
    await daemon.get('/ok?number=2');
    await redis.stop();
    place.write('go', '');
    const refused = await daemon.get('/ok?number=3');
    assert.match(refused.text, /^unable to spool job: unix:\S+redis\.sock: /);
    await daemon.says(/spooler 1 cannot reach its tasks, and tries again/);
    await redis.start();
    await until('the rest has run', () => ran(place).includes('ok 2 0'), long);
    await daemon.says(/spooler 1: the server of its tasks is back/, long);
    assert.deepEqual(ran(place), ['sleep 1 0', 'ok 2 0']);
    await until('nothing is left', () => redis.ask('EXISTS', 'reeve:{tasks}:tasks') === '0', long);
    await daemon.stop();
  },
);

redisStory(
  'a cache is shared by two instances, and empty while its server is away',
  async (place, redis) => {
    const ini = `cache2 = name=c,store=${redis.address},blocksize=1000\nprocesses = 1`;
    const first = await place.start({ app: 'uses_far_cache', ini });
    const port = await place.anotherPort();
    const python = path.resolve(process.env['REEVE_TEST_PYTHON'] ?? 'python3');
    const usual = `http = 127.0.0.1:${port}\nchdir = ${place.directory}\npython = ${python}`;
    const second = await place.start({
      bare: true,
      ini: `${usual}\nmodule = uses_far_cache:application\n${ini}`,
    });
    const ask = async (expression: string): Promise<string> =>
      (await first.get(`/?${encodeURIComponent(expression)}`)).text;
    const askSecond = async (expression: string): Promise<string> =>
      (await request({ port }, `/?${encodeURIComponent(expression)}`)).text;
    assert.equal(await ask("uwsgi.cache_set('k*', b'\\x00v', 60)"), 'True');
    assert.equal(await askSecond("uwsgi.cache_get('k*')"), "b'\\x00v'");
    assert.match(redis.ask('TTL', 'reeve:cache:c:k*'), /^[1-6]?\d$/);
    assert.equal(await askSecond("uwsgi.cache_set('k*', b'w')"), 'None');
    assert.equal(await askSecond("uwsgi.cache_update('k*', b'w')"), 'True');
    assert.equal(await ask("(uwsgi.cache_exists('k*'), uwsgi.cache_exists('x'))"), '(True, None)');
    assert.equal(await ask("(uwsgi.cache_inc('n', 5), uwsgi.cache_mul('n'))"), '(True, True)');
    assert.equal(await askSecond("(uwsgi.cache_dec('n', 13), uwsgi.cache_num('n'))"), '(True, -3)');
    assert.equal(await ask('uwsgi.cache_keys()'), "[b'k*', b'n']");
    assert.equal(await ask("uwsgi.cache_set('large', b'x' * 1001)"), 'None');
    assert.equal(await ask("(uwsgi.cache_del('n'), uwsgi.cache_del('n'))"), '(True, None)');
    redis.ask('SET', 'other', '1');
    assert.equal(await ask('(uwsgi.cache_clear(), uwsgi.cache_keys())'), '(True, [])');
    assert.equal(redis.ask('GET', 'other'), '1');
    await redis.stop();
    assert.equal(await ask("(uwsgi.cache_get('k'), uwsgi.cache_set('k', b'v'))"), '(None, None)');
    await first.says(/the cache "c" is empty and takes nothing: unix:\S+redis\.sock: /);
    await redis.start();
    await until('it takes items again', async () => {
      return (await ask("uwsgi.cache_update('k', b'v')")) === 'True';
    });
    assert.doesNotMatch(first.log() + second.log(), /s3cret/);
    await first.stop();
    await second.stop();
  },
);

story('a start without the library is refused, with what to install', async (place) => {
  place.writeAnswering('hello');
  const python = process.env['REEVE_TEST_PYTHON'] ?? 'python3';
  const made = await place.run([python, '-m', 'venv', '--without-pip', place.path('bare')]);
  assert.equal(made.code, 0, made.output);
  const daemon = await place.start({
    bare: true,
    ini: [
      `http = 127.0.0.1:${place.port}\nhome = ${place.path('bare')}\nwsgi-file = app.py`,
      'spooler = redis://user:s3cret@127.0.0.1:1/0',
    ].join('\n'),
    wait: 'exit',
  });
  assert.equal(await daemon.exitCode(), 22);
  await daemon.says(/redis:\/\/127\.0\.0\.1:1\/0 needs a client library, and .*pip install redis/);
  assert.doesNotMatch(daemon.log(), /s3cret/);
});
