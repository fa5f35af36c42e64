/** What is shown of the stacks that faulthandler wrote. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { frameLines, framesOf, importStacks, withoutOurs } from '../../../src/stacks/frames.ts';

const head = 'Stack (most recent call first):';
const ours = [
  '  File "/x/reeve_worker/requests/wsgi.py", line 107 in _run',
  '  File "/x/reeve_worker/requests/wsgi.py", line 87 in answer',
  '  File "/x/reeve_worker/requests/serve.py", line 79 in _run_slot',
  '  File "/usr/lib/python3/threading.py", line 982 in run',
];

test('the frames that called the application are left out', () => {
  const application = ['  File "/srv/a.py", line 5 in deep', '  File "/srv/a.py", line 8 in view'];
  const text = [head, ...application, ...ours, ''].join('\n');
  assert.deepEqual(withoutOurs(frameLines(text)), application);
});

test('what the application called of ours stays, as that is where it hangs', () => {
  const reading = ['  File "/x/reeve_worker/requests/wsgi.py", line 30 in read'];
  const application = ['  File "/srv/a.py", line 8 in view'];
  const lines = [...reading, ...application, ...ours];
  assert.deepEqual(withoutOurs(lines), [...reading, ...application]);
});

test('where nothing is left all of it is shown, or nothing where the application is meant', () => {
  assert.deepEqual(withoutOurs(ours), ours);
  assert.deepEqual(withoutOurs(ours, 'application'), []);
});

test('outside of a request what the application runs stays: a mule, a thread, an import', () => {
  const application = ['  File "/usr/lib/python3/queue.py", line 1 in get'];
  const lines = [...application, '  File "/x/reeve_worker/jobs/mule.py", line 9 in run_program'];
  assert.deepEqual(withoutOurs(lines, 'application'), application);
});

test('frames have file, line and function, whatever stands in their names', () => {
  const lines = [
    '  File "/srv/with "quotes", line 3 in x/a.py", line 42 in <lambda>',
    '  File "/srv/caf\\xe9.py", line 7 in na\\xefve',
    '  File ???, line ??? in ???',
    '  ...',
  ];
  assert.deepEqual(framesOf(lines), [
    { file: '/srv/with "quotes", line 3 in x/a.py', line: 42, function: '<lambda>' },
    { file: '/srv/caf\\xe9.py', line: 7, function: 'na\\xefve' },
    { file: '???', line: 0, function: '???' },
  ]);
});

describe('the stacks of an import', () => {
  const machinery = [
    '  File "<frozen importlib._bootstrap>", line 241 in _call_with_frames_removed',
    '  File "/usr/lib/python3.11/importlib/__init__.py", line 126 in import_module',
    '  File "/x/reeve_worker/loading/application.py", line 72 in _import',
    '  File "/x/python/launch.py", line 36 in main',
    '  File "/x/python/launch.py", line 68 in <module>',
  ];
  const application = [
    '  File "/srv/models.py", line 5 in connect',
    '  File "/srv/app.py", line 3',
  ];

  test('begin with the main thread, and have no frame of ours or of the import', () => {
    const other = '  File "/srv/background.py", line 9 in work';
    const bootstrap = '  File "/usr/lib/python3.11/threading.py", line 1002 in _bootstrap';
    assert.equal(
      importStacks([[...application, ...machinery], [other, bootstrap], [bootstrap]]),
      ['main thread:', ...application, 'another thread:', other].join('\n'),
    );
  });

  test('say where nothing of the application runs', () => {
    assert.equal(importStacks([machinery]), 'main thread:\n  (no code of the application)');
  });
});
