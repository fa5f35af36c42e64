/** What a sampler has written, read as stacks with times. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readSamples, reeveItself, sampledOf, withClasses } from '../../../src/stacks/samples.ts';

const inRequest = [
  'f 0 42 Shop.total\t/srv/shop/views.py',
  'f 1 120 Answerer._run\t/x/reeve_worker/requests/wsgi.py',
  'f 2 70 _run_slot\t/x/reeve_worker/requests/serve.py',
];

test('counts of a stack add up, and the frames of ours around it are left out', () => {
  const text = [...inRequest, 'k 0 0,1,2', 'c 0 1000', 't', 'c 0 500', 'end', ''].join('\n');
  assert.deepEqual(readSamples(text), {
    hasEnded: true,
    stacks: [
      {
        frames: [{ file: '/srv/shop/views.py', line: 42, function: 'Shop.total' }],
        micros: 1500,
      },
    ],
  });
});

test('a text that is cut off counts as far as its lines go', () => {
  const text = [...inRequest, 'k 0 0,1,2', 'c 0 1000', 'c 0 50'].join('\n');
  const { hasEnded, stacks } = readSamples(text);
  assert.equal(hasEnded, false);
  assert.deepEqual(
    stacks.map(({ micros }) => micros),
    [1000],
  );
});

test('nothing that was written is nothing that was seen', () => {
  assert.deepEqual(readSamples(''), { hasEnded: false, stacks: [] });
});

test('names with spaces, and a count of a stack that is not there', () => {
  const text = 'f 0 7 <listcomp> x\t/srv/my shop/a b.py\nk 0 0\nc 0 9\nc 5 9\n';
  assert.deepEqual(readSamples(text).stacks, [
    { frames: [{ file: '/srv/my shop/a b.py', line: 7, function: '<listcomp> x' }], micros: 9 },
  ]);
});

test('a thread that reads a request or sends a response is in Reeve', () => {
  const text = [...inRequest, 'k 0 1,2', 'c 0 9', ''].join('\n');
  assert.deepEqual(readSamples(text).stacks, [{ frames: [reeveItself], micros: 9 }]);
});

test('the question for stacks, which the main thread answers, is no call of its own', () => {
  const lines = [
    '  File "/x/reeve_worker/seeing/stacks.py", line 80 in _answer',
    '  File "/srv/app.py", line 3 in view',
    '  File "/x/reeve_worker/requests/wsgi.py", line 120 in _run',
  ];
  assert.deepEqual(sampledOf(lines, 1).frames, [
    { file: '/srv/app.py', line: 3, function: 'view' },
  ]);
});

test('stacks that were read get the names of samples, where one fits', () => {
  const frame = (name: string) => ({ file: '/srv/a.py', line: 1, function: name });
  const sampled = ['Shop.get', 'A.same', 'B.same', 'plain'].map((name) => ({
    frames: [frame(name)],
    micros: 1,
  }));
  const read = [{ frames: ['get', 'same', 'plain', 'other'].map(frame), micros: 1 }];
  assert.deepEqual(
    withClasses(read, sampled)[0]?.frames.map((each) => each.function),
    ['Shop.get', 'same', 'plain', 'other'],
  );
});
