/** The stats server of the real uwsgi and ours: the same names, in the same order, of one kind. */

import assert from 'node:assert/strict';
import net from 'node:net';

import { story } from '../support/place.ts';
import { cannotCompare, whileServing } from './servers.ts';

/** The names in their order with the kind of each value; of a list the first element counts. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.entries(value).map(([name, each]) => [name, shapeOf(each)]);
}

async function statsAt(path: string): Promise<ReturnType<typeof JSON.parse>> {
  const pieces: Buffer[] = [];
  for await (const piece of net.connect(path)) pieces.push(Buffer.from(piece));
  return JSON.parse(Buffer.concat(pieces).toString());
}

const shared =
  'stats-no-cores = true\nlocks = 2\ncache2 = name=c,items=5\ncache2 = name=d,items=5,blocks=9,bitmap=1\n' +
  'enable-metrics = true\nmetric = name=orders,type=gauge,initial_value=7';

const orders = { type: 1, oid: '', value: 7 };

/** By their names; what they count differs. */
function kindsOf(metrics: object): object {
  const kinds = Object.entries(metrics).map(([name, { type, oid }]) => [name, { type, oid }]);
  return Object.fromEntries(kinds.toSorted());
}

function nameIn(lock: object): string {
  return Object.keys(lock)[0] ?? '';
}

for (const more of ['', 'stats-no-cores = true', shared]) {
  story(
    `stats has the shape that uwsgi gives it: ${more}`,
    async (place) => {
      const shapes = [];
      for (const name of ['uwsgi', 'reeve'] as const) {
        const socket = place.path(`${name}.sock`);
        const ini = `master = true\nthreads = 2\nprocesses = 2\nstats = ${socket}\n${more}`;
        const stats = await whileServing(name, place, { app: 'hello', ini }, () => statsAt(socket));
        // Those of the application; between our own processes there are none.
        const locks = stats.locks.filter((lock: object) => nameIn(lock).startsWith('user '));
        const { metrics, caches } = stats;
        delete stats.metrics;
        assert.deepEqual(metrics?.orders, more === shared ? { ...orders } : undefined);
        shapes.push([shapeOf({ ...stats, locks }), locks, caches, kindsOf(metrics ?? {})]);
      }
      assert.deepEqual(shapes[1], shapes[0]);
    },
    { skip: cannotCompare, timeoutMs: 120_000 },
  );
}
