/**
 * What one call of the module `uwsgi` on shared memory takes, in microseconds, beside the real
 * uWSGI: caches and an uncontended lock. Both serve at the same time and are asked in turn. An
 * answer is the CPU time of many calls in one request, timed in short stretches, of which the least
 * counts: what else runs on the machine only adds to it, and to a long one more often. Of several
 * answers the least counts too. Printed with the bound of each.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { inDirectory, isHere, whileAllServe } from './contest.ts';
import { aligned } from './report.ts';
import { python, reeve } from './servers.ts';

const ports = { reeve: 18_781, uwsgi: 18_782 } as const;
const rounds = 7;

const application = `
import time
import uwsgi

VALUE = b'x' * 100
KEYS = ['key %d' % number for number in range(100)]
CALLS, STRETCHES = 1000, 20

def stretch(call):
    started = time.thread_time()
    for _ in range(CALLS // len(KEYS)):
        for key in KEYS:
            call(key)
    return (time.thread_time() - started) / CALLS * 1e6

def timed(call):
    for key in KEYS:
        uwsgi.cache_update(key, VALUE, 300)
        call(key)
    return min(stretch(call) for _ in range(STRETCHES))

def lock(_key):
    uwsgi.lock()
    uwsgi.unlock()

def loop(_key):
    pass

MEASURED = {
    'loop': loop,
    'update': lambda key: uwsgi.cache_update(key, VALUE, 300),
    'get': lambda key: uwsgi.cache_get(key),
    'lock': lock,
    'inc': lambda key: uwsgi.cache_inc('number'),
    'metric': lambda key: uwsgi.metric_inc('orders'),
}

def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    name = environ['PATH_INFO'][1:]
    return [str(timed(MEASURED[name]) if name in MEASURED else 0).encode()]
`;

/** What stands in the issue of each: at most so many µs, or times what uWSGI takes. */
const measured = [
  {
    name: 'get',
    title: 'cache_get, 100 bytes',
    most: 'at most 3 µs',
    isMet: (us: number) => us <= 3,
  },
  {
    name: 'update',
    title: 'cache_update, 100 bytes',
    most: 'at most 5 µs',
    isMet: (us: number) => us <= 5,
  },
  {
    name: 'lock',
    title: 'lock and unlock',
    most: 'at most 3 × uWSGI',
    isMet: (us: number, beside: number) => us <= 3 * beside,
  },
  { name: 'inc', title: 'cache_inc', most: '', isMet: () => true },
  { name: 'metric', title: 'metric_inc', most: '', isMet: () => true },
] as const;

function contender(name: keyof typeof ports) {
  const options = [
    ...['--http-socket', `127.0.0.1:${ports[name]}`, '--module', 'calls:application', '--master'],
    ...['--cache2', 'name=c,items=1000,blocksize=1000', '--locks', '1', '--metric', 'orders'],
    ...['--enable-metrics', '--disable-logging'],
  ];
  const program = name === 'reeve' ? [reeve, '--python', python] : ['uwsgi', '--die-on-term'];
  return { name, command: [...program, ...options], port: ports[name] };
}

async function timeOf(port: number, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/${name}`);
  return Number(await response.text());
}

const contenders = [contender('reeve'), contender('uwsgi')].filter(isHere);

await inDirectory({ 'calls.py': application }, (directory) =>
  whileAllServe(contenders, directory, async () => {
    await wait(1_000);
    const times = new Map<string, number[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const { name: server, port } of contenders) {
        for (const { name } of [...measured, { name: 'loop' }]) {
          const known = times.get(`${server} ${name}`) ?? [];
          times.set(`${server} ${name}`, [...known, await timeOf(port, name)]);
        }
      }
    }
    const of = (server: string, name: string): number =>
      Math.min(...(times.get(`${server} ${name}`) ?? [])) -
      Math.min(...(times.get(`${server} loop`) ?? []));
    const rows = measured.map(({ name, title, most, isMet }) => {
      const [ours, theirs] = [of('reeve', name), of('uwsgi', name)];
      const verdict = most === '' ? '' : `${most}: ${isMet(ours, theirs) ? 'yes' : 'NO'}`;
      return [title, `${ours.toFixed(2)} µs`, `${theirs.toFixed(2)} µs`, verdict];
    });
    console.log(aligned([['', 'Reeve', 'uWSGI', ''], ...rows]).join('\n'));
  }),
);
