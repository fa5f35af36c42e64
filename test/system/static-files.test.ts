/** static-map, plainly: files below a root, and nothing else. */

import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';

import { story } from '../support/place.ts';

story(
  'a file is served with its type and length, and not again when it has not changed',
  async (place) => {
    place.write('static/style.css', 'a {}');
    const daemon = await place.start({
      app: 'hello',
      ini: `static-map = /s=${place.path('static')}`,
    });
    const answer = await daemon.get('/s/style.css');
    assert.deepEqual(
      [answer.status, answer.text, answer.headers['content-type']?.split(';')[0]],
      [200, 'a {}', 'text/css'],
    );
    const modified = answer.headers['last-modified'] ?? '';
    const again = await daemon.get('/s/style.css', { headers: { 'If-Modified-Since': modified } });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    const head = await daemon.get('/s/style.css', { method: 'HEAD' });
    assert.deepEqual(
      [head.status, head.headers['content-length'], head.body.length],
      [200, '4', 0],
    );
  },
);

story("what is not there is the application's to answer", async (place) => {
  place.write('static/x', '');
  const daemon = await place.start({
    app: 'hello',
    ini: `static-map = /s=${place.path('static')}`,
  });
  assert.equal((await daemon.get('/s/not-there')).text, 'hello');
});

story('no path leads out of the root', async (place) => {
  place.write('static/inside', 'inside');
  place.write('secret', 'the secret');
  symlinkSync(place.path('secret'), place.path('static/link'));
  const daemon = await place.start({
    app: 'hello',
    ini: `static-map = /s=${place.path('static')}`,
  });
  for (const target of [
    '/s/../secret',
    '/s/%2e%2e/secret',
    '/s/..%2fsecret',
    '/s//../secret',
    '/s/./../secret',
    '/s/link',
    '/s/inside/../../secret',
    '/s/..\\secret',
    '/s/%00/../secret',
    `/s/${place.path('secret')}`,
  ]) {
    const answer = await daemon.get(target);
    assert.doesNotMatch(answer.text, /the secret/, target);
  }
  assert.equal((await daemon.get('/s/inside')).text, 'inside');
});
