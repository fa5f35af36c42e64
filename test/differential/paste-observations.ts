/** Applications that PasteDeploy makes: how they are named, and what is read beside. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { testPython } from '../support/interpreters.ts';
import type { Place } from '../support/place.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const factory = `
import json, logging, os
logging.getLogger("made.before")
def make(global_conf, **own):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        level = logging.getLogger("shop").level
        said = {"own": own, "more": global_conf.get("more"), "level": level,
                "env": os.environ.get("FROM_SECTION"), "directory": os.path.basename(os.getcwd())}
        return [json.dumps(said).encode()]
    return application
`;

const ini = `
[uwsgi]
env = FROM_SECTION=read
[DEFAULT]
more = for all
[app:main]
paste.app_factory = shop:make
name = main
[app:other]
paste.app_factory = shop:make
name = other
[loggers]
keys = root, shop
[handlers]
keys =
[formatters]
keys =
[logger_root]
level = WARNING
handlers =
[logger_shop]
level = ERROR
qualname = shop
handlers =
`;

/** Without the sections about logging. */
const silent = ini.slice(0, ini.indexOf('[loggers]'));

const cases: Readonly<Record<string, readonly string[]>> = {
  'paste and its logger': ['paste = config:%dshop.ini#other', 'paste-logger = true'],
  'a logger that is not there': ['paste = config:%dsilent.ini', 'paste-logger = true'],
  'ini-paste and another directory': ['ini-paste = shop.ini', 'chdir = sub', 'pythonpath = %d'],
  'ini-paste-logged': ['ini-paste-logged = %dshop.ini'],
  'paste beside ini-paste': ['ini-paste = shop.ini', 'paste = config:%dshop.ini#other'],
  'a module beside': ['ini-paste = shop.ini', 'module = root'],
  'mounted, with lazy-apps': [
    'mount = /shop=config:%dshop.ini',
    'mount = /blog=root:application',
    'manage-script-name = true',
    'lazy-apps = true',
  ],
};

/** Where the tests' own environment has the package; both servers are given it. */
function packageDirectory(): string {
  const script =
    'import os, paste.deploy as d; print(os.path.dirname(os.path.dirname(d.__path__[0])))';
  return spawnSync(testPython(), ['-c', script], { encoding: 'utf8' }).stdout.trim();
}

export async function pasteObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('shop.py', factory);
  place.write('root.py', 'from shop import make\napplication = make({}, name="root")\n');
  place.write('shop.ini', ini);
  place.write('silent.ini', silent);
  place.write(path.join('sub', 'empty'), '');
  const packages = packageDirectory();
  const seen: Record<string, string> = {};
  for (const [what, lines] of Object.entries(cases)) {
    const all = [MASTER, `pythonpath = ${packages}`, `pythonpath = ${place.directory}`, ...lines];
    seen[what] = await whileServing(name, place, { ini: all.join('\n') }, async (daemon) => {
      const answers = [await daemon.get('/'), await daemon.get('/shop/x')];
      return answers.map(({ status, text }) => `${status} ${text}`).join(', ');
    });
  }
  return seen;
}
