/** What is shown of the stack that faulthandler wrote. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withoutOurs } from '../../../../src/gateway/workers/stack.ts';

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
