/** What a command that waits shows, and when it is a line of its own. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { noLines, progressLine, withLine } from '../../../../src/cli/process/progress-line.ts';

/** The times, in seconds, at which a line is written; `facts` are those of each second. */
function linesAt(facts: (second: number) => string, seconds: number): number[] {
  const times: number[] = [];
  let lines = noLines;
  for (let second = 1; second <= seconds; second++) {
    const next = withLine(lines, { what: 'reloading', facts: facts(second) }, second * 1_000);
    if (next === undefined) continue;
    times.push(second);
    lines = next;
  }
  return times;
}

describe('the line of what is waited for', () => {
  test('has the seconds, and what is known', () => {
    const doing = { what: 'shop: loading the application', facts: '2 of 4 workers ready' };
    const line = 'shop: loading the application, 4 s; 2 of 4 workers ready';
    assert.equal(progressLine(doing, 4_980), line);
    assert.equal(progressLine({ what: 'stopping', facts: '' }, 61_000), 'stopping, 61 s');
  });
  test('is one line, whatever a unit says of itself', () => {
    const doing = { what: 'starting x.service', facts: 'a\r\nb\x1b[2Jc' };
    assert.equal(progressLine(doing, 1_000), 'starting x.service, 1 s; a b [2Jc');
  });
});

describe('away from a terminal', () => {
  test('a short wait writes nothing', () =>
    assert.deepEqual(
      linesAt(() => '', 1),
      [],
    ));
  test('what stays the same is written once', () =>
    assert.deepEqual(
      linesAt(() => 'x', 60),
      [2],
    ));
  test('a change is written, but not more often than every five seconds', () => {
    assert.deepEqual(linesAt(String, 14), [2, 7, 12]);
    assert.deepEqual(
      linesAt((second) => (second < 4 ? 'a' : 'b'), 60),
      [2, 7],
    );
  });
  test('seconds that are left and requests a second are no change', () => {
    assert.deepEqual(
      linesAt((second) => `draining: 1 request, ${60 - second} s left`, 30),
      [2],
    );
    assert.deepEqual(
      linesAt((second) => `2 busy, ${second} req/s; loading`, 30),
      [2],
    );
  });
});
