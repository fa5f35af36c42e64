/** What an instance does while a command waits for it, told from its status. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { askedOf, doingOf } from '../../../../src/cli/instances/progress-words.ts';

import type { Waiting } from '../../../../src/cli/instances/progress-words.ts';

type States = readonly string[];

const child = (state: string) => ({ pid: 1, state, ageSeconds: 1 });

function generation(number: number, role: string, spawner: string, workers: States) {
  return {
    ...{ number, role, spawner: child(spawner) },
    workers: workers.map((state, index) => ({
      ...{ ...child(state), slot: index + 1, now: [], requests: 0 },
    })),
  };
}

/** "WHAT; FACTS" for an instance that is called shop. */
function words(
  waiting: Waiting,
  generations: readonly ReturnType<typeof generation>[],
  rest: { readonly phase?: string; readonly line?: string; readonly gateway?: string } = {},
): string {
  const { phase = 'serving', line = '', gateway = 'up' } = rest;
  const view = { ...child(gateway), epoch: 1 };
  const counts = { running: 0, queued: 0, connections: 0, requests: 0 };
  const status = { phase, line, generations, gateways: [{ ...view, ...counts }] };
  const { what, facts } = doingOf('shop', waiting, status);
  return facts === '' ? what : `${what}; ${facts}`;
}

const old = generation(1, 'serving', 'up', ['up', 'up']);

describe('a start or reload', () => {
  const cases: readonly (readonly [string, string, States, string])[] = [
    ['imports', 'starting', ['down', 'down'], 'loading the application; 0 of 2 workers ready'],
    ['lazy-apps', 'up', ['up', 'starting'], 'loading the application; 1 of 2 workers ready'],
    ['one worker', 'up', ['starting'], 'loading the application; 0 of 1 worker ready'],
    [
      'an import that has failed',
      'down',
      ['down', 'down'],
      'the application was not loaded, trying again; 0 of 2 workers ready',
    ],
  ];
  for (const [title, spawner, workers, expected] of cases) {
    test(title, () => {
      const coming = generation(2, 'coming', spawner, workers);
      assert.equal(words('reload', [old, coming]), `shop: ${expected}`);
      assert.equal(words('start', [coming], { phase: 'starting' }), `shop: ${expected}`);
    });
  }
  test('all workers are ready, and the gateway is not', () => {
    const coming = generation(2, 'coming', 'up', ['up', 'up']);
    assert.equal(
      words('reload', [old, coming], { gateway: 'starting' }),
      'shop: reloading; the gateway starts',
    );
    assert.equal(words('reload', [old, coming]), 'shop: reloading; 2 of 2 workers ready');
  });
  test('files alone, which no worker serves', () => {
    const coming = generation(1, 'coming', 'down', []);
    const rest = { phase: 'starting', gateway: 'starting' };
    assert.equal(words('start', [coming], rest), 'shop: starting; the gateway starts');
    assert.equal(words('start', [coming], { phase: 'starting' }), 'shop: starting');
  });
  test('its configuration is still being read', () => {
    assert.equal(words('reload', [old]), 'shop: reloading');
  });
  test('a stop came in between', () => {
    const line = 'draining: 2 requests, 4 s left';
    assert.equal(words('reload', [old], { phase: 'stopping', line }), `shop: stopping; ${line}`);
  });
});

describe('a stop', () => {
  test('waits for requests, as the status says', () => {
    const line = 'draining: 1 request, 58 s left';
    assert.equal(words('stop', [old], { phase: 'stopping', line }), `shop: stopping; ${line}`);
  });
  test('waits for workers that have nothing to do for clients', () => {
    const leaving = generation(1, 'leaving', 'up', ['draining', 'down']);
    const rest = { phase: 'stopping, suspended', line: 'stopping' };
    assert.equal(words('stop', [leaving], rest), 'shop: stopping; 1 worker still running');
    const gone = generation(1, 'leaving', 'draining', ['down', 'down']);
    assert.equal(words('stop', [gone], rest), 'shop: stopping');
  });
});

describe('scaling', () => {
  test('up waits for workers that start', () => {
    const growing = generation(1, 'serving', 'up', ['up', 'up', 'starting']);
    assert.equal(words('scale', [growing]), 'shop: scaling; 2 of 3 workers ready');
  });
  test('down waits for workers that finish', () => {
    const shrinking = generation(1, 'serving', 'up', ['up', 'draining']);
    assert.equal(words('scale', [shrinking]), 'shop: scaling; 1 worker still to finish and leave');
  });
});

test('before anything is known it is what was asked for', () => {
  assert.deepEqual(askedOf('shop', 'scale'), { what: 'shop: scaling', facts: '' });
});
