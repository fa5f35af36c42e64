/** Point 5: what happens without an application. */

import assert from 'node:assert/strict';

import { Daemon } from '../support/daemon.ts';
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

const mounted = `module = root
mount = /shop=shop.py
mount = /blog=blog
manage-script-name = true
need-app = false
processes = 2
lazy-apps = `;

for (const isLazy of [false, true]) {
  story(
    `need-app = false: a mount that is broken is answered 500, and the others serve; lazy-apps ${isLazy}`,
    async (place) => {
      place.writeAnswering('root', 'root.py');
      place.write('shop.py', 'raise ValueError("no shop yet")\n');
      const daemon = await place.start({ ini: `${mounted}${isLazy}` });
      const answers = async (): Promise<string[]> => {
        const all = ['/x', '/shop/x', '/blog'].map((target) => daemon.get(target));
        return (await Promise.all(all)).map(({ status, text }) =>
          status === 200 ? text : String(status),
        );
      };
      assert.deepEqual(await answers(), ['root', '500', '500']);
      assert.match(
        daemon.log(),
        /no shop yet .*: requests for mount \/shop are answered 500 until/,
      );
      assert.match(daemon.log(), /no module "blog" .*: requests for mount \/blog are answered 500/);
      assert.equal(daemon.log().match(/ValueError: no shop yet$/gm)?.length, 1);

      place.writeAnswering('shop', 'shop.py');
      place.writeAnswering('another root', 'root.py');
      assert.equal(await daemon.reload(), 'reloaded');
      assert.deepEqual(await answers(), ['another root', 'shop', '500']);

      place.write('shop.py', 'raise ValueError("broken again")\n');
      assert.equal(await daemon.reload(), 'failed');
      assert.deepEqual(await answers(), ['another root', 'shop', '500']);
    },
  );
}

story('need-app = false with mounts of which none loads is a server without one', async (place) => {
  place.write('shop.py', 'raise ValueError("no shop yet")\n');
  place.write('check.ini', `[uwsgi]\nhttp-socket = :0\n${mounted}false`);
  const daemon = await place.start({ ini: `${mounted}false` });
  assert.equal((await daemon.get('/')).status, 500);
  place.writeAnswering('blog', 'blog.py');
  const checked = await place.run([Daemon.binary, 'check', place.path('check.ini')]);
  assert.equal(checked.code, 0, checked.output);
  assert.match(checked.output, /no module "root".*its requests are answered 500, and the others/s);
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/blog')).text, 'blog');
  assert.equal((await daemon.get('/shop')).status, 500);
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
