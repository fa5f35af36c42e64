/** wsgiref.validate finds nothing wrong with Reeve on any test application that keeps the rules. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';

/** Applications that keep PEP 3333, and a request that they answer without waiting for a test. */
const applications = [
  ['hello', 'GET', '/'],
  ['prints_environ', 'GET', '/a?b'],
  ['describes_process', 'GET', '/'],
  ['sleeps', 'GET', '/?0'],
  ['waits_for_file', 'GET', '/'],
  ['remembers_count', 'GET', '/'],
  ['sets_headers', 'GET', '/'],
  ['answers_status', 'GET', '/204'],
  ['answers_status', 'GET', '/200'],
  ['answers_status', 'HEAD', '/200'],
  ['closes_iterator', 'GET', '/normal'],
  ['sends_much', 'GET', '/pieces?1000000'],
  ['sends_much', 'GET', '/length?1000000'],
  ['talks', 'GET', '/'],
  ['reads_input', 'POST', '/reads'],
  ['writes', 'GET', '/'],
  ['uses_exc_info', 'GET', '/in-time'],
] as const;

for (const [app, method, target] of applications) {
  story(`${method} ${target} of ${app} passes wsgiref.validate`, async (place) => {
    place.copyApplication(app);
    place.write(
      'validated.py',
      `from wsgiref.validate import validator\nimport ${app}\napplication = validator(${app}.application)\n`,
    );
    const daemon = await place.start({ ini: 'module = validated' });
    const body = method === 'POST' ? { body: 'line\n'.repeat(100_000) } : {};
    const answer = await daemon.get(target, { method, ...body });
    assert.ok(answer.status < 600 && answer.status !== 500, `${answer.status}`);
    assert.equal(answer.complete, true);
    assert.doesNotMatch(daemon.log(), /AssertionError|WSGIWarning/);
  });
}
