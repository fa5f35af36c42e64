/** What is shown of the stack that faulthandler wrote. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { importStacks, withoutOurs } from '../../../src/stacks/stacks.ts';

const head = 'Stack (most recent call first):';
const ours = [
  '  File "/x/reeve_worker/wsgi.py", line 107 in _run',
  '  File "/x/reeve_worker/wsgi.py", line 87 in answer',
  '  File "/x/reeve_worker/serve.py", line 79 in _run_slot',
  '  File "/usr/lib/python3/threading.py", line 982 in run',
];

test('the frames that called the application are left out', () => {
  const application = ['  File "/srv/a.py", line 5 in deep', '  File "/srv/a.py", line 8 in view'];
  const text = [head, ...application, ...ours, ''].join('\n');
  assert.equal(withoutOurs(text), application.join('\n'));
});

test('what the application called of ours stays, as that is where it hangs', () => {
  const reading = ['  File "/x/reeve_worker/wsgi.py", line 30 in read'];
  const application = ['  File "/srv/a.py", line 8 in view'];
  const text = [head, ...reading, ...application, ...ours].join('\n');
  assert.equal(withoutOurs(text), [...reading, ...application].join('\n'));
});

test('where nothing is left all of it is shown', () => {
  assert.equal(withoutOurs([head, ...ours].join('\n')), ours.join('\n'));
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
    const text = [
      'Thread 0x00007f34a2ffd6c0 (most recent call first):',
      other,
      '  File "/usr/lib/python3.11/threading.py", line 1002 in _bootstrap',
      '',
      'Current thread 0x00007f34c36a6740 [python] (most recent call first):',
      ...application,
      ...machinery,
      '',
    ].join('\n');
    assert.equal(
      importStacks(text),
      ['main thread:', ...application, 'another thread:', other].join('\n'),
    );
  });

  test('say where nothing of the application runs', () => {
    const text = ['Current thread 0x00007f34c36a6740 (most recent call first):', ...machinery];
    assert.equal(importStacks(text.join('\n')), 'main thread:\n  (no code of the application)');
  });
});
