/** error-page-*: an operator's pages for the answers that are Reeve's, through the whole daemon. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

const ini = 'error-page-500 = pages/500.html\nerror-page-503 = pages/503.txt\n';

story('a page is read at start and at each reload, and sent in place of ours', async (place) => {
  place.write('pages/500.html', '<h1>sorry</h1>');
  place.write('pages/503.txt', 'too many');
  const daemon = await place.start({ app: 'raises', ini });
  const answer = await daemon.get('/before');
  assert.deepEqual([answer.status, answer.text], [500, '<h1>sorry</h1>']);
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
  const head = await daemon.get('/before', { method: 'HEAD' });
  assert.deepEqual([head.headers['content-length'], head.body.length], ['14', 0]);
  place.write('pages/500.html', '<h1>so sorry</h1>');
  assert.equal((await daemon.get('/before')).text, '<h1>sorry</h1>');
  assert.equal(await daemon.reload(), 'reloaded');
  await until('the new page is sent', async () => {
    return (await daemon.get('/before')).text === '<h1>so sorry</h1>';
  });
});

story('a page that is missing is told with its line, and nothing starts', async (place) => {
  const daemon = await place.start({ app: 'hello', ini, wait: 'exit' });
  assert.equal(await daemon.exitCode(), 78);
  const line = /reeve\.ini:\d+: .*pages\/500\.html.*; correct the path, or make the file readable/;
  assert.match(daemon.log(), line);
  assert.doesNotMatch(daemon.log(), /ENOENT/);
});

story('a page that is a fifo is refused, and not waited for', async (place) => {
  execFileSync('mkfifo', [place.path('page.html')]);
  const line = 'error-page-500 = page.html';
  const daemon = await place.start({ app: 'hello', ini: line, wait: 'exit' });
  assert.equal(await daemon.exitCode(), 78);
  assert.match(daemon.log(), /reeve\.ini:\d+: .*page\.html is not a file/);
});

story('a page that is gone at a reload leaves the old generation serving', async (place) => {
  place.write('page.html', 'the page');
  const daemon = await place.start({ app: 'raises', ini: 'error-page-500 = page.html' });
  daemon.writeIni('error-page-500 = gone.html');
  assert.equal(await daemon.reload(), 'failed');
  assert.match(daemon.log(), /reeve\.ini:\d+: .*gone\.html/);
  assert.equal((await daemon.get('/before')).text, 'the page');
});

story('what is wrong with rules for static files is told with its line', async (place) => {
  const lines = 'static-expires = ( 5\nstatic-expires-type = text/css\nstatic-gzip = [';
  const daemon = await place.start({ app: 'hello', ini: lines, wait: 'exit' });
  assert.equal(await daemon.exitCode(), 78);
  assert.match(daemon.log(), /reeve\.ini:\d+: .*static-expires: "\(" is not a regular expression/);
});
