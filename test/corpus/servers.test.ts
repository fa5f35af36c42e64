/**
 * Both servers run on every file of the corpus, each in a sandbox of its own: what differs is in
 * `differences.json`, and check or docs/migrating.md says so. At the end stand the figures.
 *
 * `node test/corpus/main.ts WORD` does the same for the files that hold a word, and shows more.
 */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { corpusFiles } from './corpus.ts';
import { differences, notSeen } from './compare.ts';
import { figures } from './figures.ts';
import type { Outcome } from './figures.ts';
import { cannotCompare } from './sandbox.ts';
import { tryOut } from './trial.ts';

/** Servers mostly wait, for requests and for each other's end. */
const atOnce = 5;
const outcomes: Outcome[] = [];
/** Those that run, and what waits for them to end: no other begins before it has ended too. */
const running = new Set<Promise<unknown>>();
let gate: Promise<unknown> = Promise.resolve();

describe('uwsgi and Reeve', { concurrency: atOnce, skip: cannotCompare }, () => {
  for (const file of corpusFiles()) {
    test(`on ${file.name} of ${file.repository}`, async (t) => {
      const trial = await beside(() => tryOut(file));
      // Under load a server may lose a race with itself; what is so, is so when nothing else runs.
      const { outcome, faults } =
        trial.faults.length === 0 ? trial : await alone(() => tryOut(file));
      outcomes.push(outcome);
      for (const fault of faults) t.diagnostic(fault);
      assert.deepEqual(faults, []);
    });
  }
});

test('every listed difference has a reason, and is seen', { skip: cannotCompare }, () => {
  const wrong = differences.filter(({ reason }) => !/\w.*\.$/.test(reason));
  assert.deepEqual(wrong, []);
  const gone = notSeen(outcomes.flatMap(({ found }) => found));
  assert.deepEqual(gone, [], 'listed differences that are no longer seen');
});

async function beside<T>(work: () => Promise<T>): Promise<T> {
  for (let open; open !== gate;) {
    open = gate;
    await open;
  }
  const run = work();
  running.add(run);
  return await run.finally(() => running.delete(run));
}

async function alone<T>(work: () => Promise<T>): Promise<T> {
  const run = gate.then(() => Promise.allSettled(running)).then(work);
  gate = run.catch(() => {});
  return await run;
}

after(() => {
  for (const line of figures(outcomes)) console.log(`# note: ${line}`);
});
