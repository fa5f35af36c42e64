/** Point 5: what happens without an application. */

import assert from 'node:assert/strict';

import { story } from '../support/place.ts';

story(
  'need-app = false starts without an application, answers 500, and a reload mends it',
  async (place) => {
    place.write('app.py', 'raise ValueError("not yet")\n');
    const daemon = await place.start({ ini: 'module = app\nneed-app = false' });
    assert.match(daemon.log(), /ValueError: not yet/);
    const answer = await daemon.get('/');
    assert.equal(answer.status, 500);
    assert.match(answer.headers['content-type'] ?? '', /text\/(plain|html)/);
    assert.doesNotMatch(answer.text, /Traceback/);
    place.writeAnswering('mended');
    assert.equal(await daemon.reload(), 'reloaded');
    assert.equal((await daemon.get('/')).text, 'mended');
  },
);

story('need-app = false with a missing file starts and answers 500', async (place) => {
  const daemon = await place.start({ ini: 'wsgi-file = not-there.py\nneed-app = false' });
  assert.equal((await daemon.get('/')).status, 500);
});

story('a file that only has static-map starts without workers', async (place) => {
  place.write('site/index.txt', 'static alone');
  const daemon = await place.start({ ini: `static-map = /=${place.path('site')}` });
  assert.equal((await daemon.get('/index.txt')).text, 'static alone');
  assert.deepEqual(daemon.titles(), ['reeve master', 'reeve http 1']);
});

story('no application at all is refused with 22 or 78 and a sentence', async (place) => {
  const daemon = await place.start({ wait: 'exit' });
  assert.ok([22, 78].includes(await daemon.exitCode()));
  assert.match(daemon.log(), /module|wsgi-file|application/);
});
