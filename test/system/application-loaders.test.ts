/** What names, chooses and shows an application beside module and wsgi-file. */

import assert from 'node:assert/strict';

import { hasModule, testPython } from '../support/interpreters.ts';
import { story } from '../support/place.ts';
import { until } from '../support/until.ts';

/** Why the package cannot be both there and not there. */
const cannotLack =
  (hasModule('/usr/bin/python3', 'paste.deploy') && 'Debian has PasteDeploy here') ||
  (!hasModule(testPython(), 'paste.deploy') && 'there is no PasteDeploy');

const answersOptimize = [
  'import sys',
  'def application(environ, start_response):',
  '    start_response("200 OK", [])',
  '    return [b"%d" % sys.flags.optimize]',
  '',
].join('\n');

for (const [line, sentence] of [
  ['pymodule-alias = json=nope', /there is no module "nope"/],
  ['pymodule-alias = a=./none.py', /there is no file ".\/none.py"/],
  ['post-pymodule-alias = a=./raises.py', /file ".\/raises.py" raised ValueError: no/],
] as const) {
  story(`${line}: no start, with its line`, async (place) => {
    place.write('app.py', answersOptimize);
    place.write('raises.py', 'raise ValueError("no")\n');
    const daemon = await place.start({ ini: `module = app\n${line}`, wait: 'nothing' });
    assert.equal(await daemon.exitCode(50_000), 22);
    assert.match(daemon.log(), sentence);
    assert.match(daemon.log(), /reeve\.ini:\d+/);
  });
}

story('optimize comes into force with a reload', async (place) => {
  place.write('app.py', answersOptimize);
  const daemon = await place.start({ ini: 'module = app' });
  assert.equal((await daemon.get('/')).text, '0');
  daemon.writeIni('module = app\noptimize = 2');
  assert.equal(await daemon.reload(), 'reloaded');
  assert.equal((await daemon.get('/')).text, '2');
});

story(
  'paste without PasteDeploy, and without its file',
  async (place) => {
    place.write('app.ini', '[app:main]\npaste.app_factory = app:make\n');
    const bare = await place.start({
      ini: 'paste = app.ini\npython = /usr/bin/python3',
      wait: 'nothing',
    });
    assert.equal(await bare.exitCode(50_000), 22);
    assert.match(bare.log(), /paste = app.ini needs the package PasteDeploy; Python .*reeve\.ini:/);
    const absent = await place.start({ ini: 'paste = config:none.ini', wait: 'nothing' });
    assert.equal(await absent.exitCode(50_000), 22);
    assert.match(absent.log(), /none\.ini/);
  },
  { skip: cannotLack },
);

const raises = `
class Odd(Exception):
    pass

def application(environ, start_response):
    if environ["PATH_INFO"] == "/fine":
        start_response("200 OK", [])
        return [b"fine"]
    start_response("200 OK", [("Content-Length", "4"), ("Set-Cookie", "a=b")])
    raise Odd("<script>\\u00e9")
`;

story('catch-exceptions shows the exception, and its warning says so', async (place) => {
  place.write('app.py', raises);
  const daemon = await place.start({ ini: 'module = app\ncatch-exceptions = true' });
  assert.match(daemon.log(), /catch-exceptions shows clients tracebacks with lines of your code/);
  const { status, headers, text } = await daemon.get('/x?y', { headers: { cookie: 'session=1' } });
  assert.equal(status, 500);
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(headers['set-cookie'], undefined);
  assert.match(text, /^exceptions catcher for "GET \/x"/);
  assert.match(text, /^Exception: app\.Odd: <script>é$/m);
  assert.match(
    text,
    /^filename: ".*app\.py" line: 10 function: "application" text\/code: "raise Odd/m,
  );
  assert.match(text, /^HTTP_COOKIE = session=1$/m);
  assert.match(daemon.log(), /exception in GET \/x \(request .*\)\nTraceback/);
  assert.equal((await daemon.get('/fine')).text, 'fine');
});

story('without it a client sees nothing of the exception', async (place) => {
  place.write('app.py', raises);
  const daemon = await place.start({ ini: 'module = app' });
  const { status, text } = await daemon.get('/x');
  assert.equal(status, 500);
  assert.doesNotMatch(text, /Odd|script|app\.py/);
});

const saysItsName = (name: string): string => `
def application(environ, start_response):
    start_response("200 OK", [])
    return [("${name} " + environ["UWSGI_APPID"]).encode()]
`;

story('vhost: the host of a request chooses, and its line begins with it', async (place) => {
  for (const name of ['root', 'shop']) place.write(`${name}.py`, saysItsName(name));
  const lines = ['module = root', 'vhost = true', 'mount = shop.example|=shop.py'];
  const daemon = await place.start({ ini: lines.join('\n') });
  assert.match(daemon.log(), /all applications share one Python interpreter/);
  const answerTo = async (host: string): Promise<string> =>
    (await daemon.get('/x', { headers: { Host: host } })).text;
  assert.equal(await answerTo('shop.example:81'), 'shop shop.example:81|');
  assert.equal(await answerTo('other.example'), 'root other.example|');
  await until('the line is logged', () => /^other\.example \[pid: /m.test(daemon.log()));
});
