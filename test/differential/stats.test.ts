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

async function statsAt(path: string): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for await (const piece of net.connect(path)) pieces.push(Buffer.from(piece));
  return JSON.parse(Buffer.concat(pieces).toString());
}

for (const more of ['', 'stats-no-cores = true']) {
  story(
    `stats has the shape that uwsgi gives it: ${more}`,
    async (place) => {
      const shapes = [];
      for (const name of ['uwsgi', 'reeve'] as const) {
        const socket = place.path(`${name}.sock`);
        const ini = `master = true\nthreads = 2\nprocesses = 2\nstats = ${socket}\n${more}`;
        const stats = await whileServing(name, place, { app: 'hello', ini }, () => statsAt(socket));
        // There are no locks between our processes.
        shapes.push(shapeOf({ ...stats, locks: [] }));
      }
      assert.deepEqual(shapes[1], shapes[0]);
    },
    { skip: cannotCompare, timeoutMs: 120_000 },
  );
}
