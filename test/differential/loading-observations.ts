/** What is loaded beside the application: in which order, process and directory. */

import { mkdirSync } from 'node:fs';

import type { Place } from '../support/place.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

/** Notes its own name, the process and the directory it is loaded in. */
const noted = (what: string): string => `
import os, sys
folder = os.path.basename(os.getcwd())
sys.noted = getattr(sys, "noted", []) + [("${what}", __name__, os.getpid(), folder)]
`;

const application = `${noted('application')}
import json
def application(environ, start_response):
    """Documented."""
    start_response("200 OK", [("Content-Type", "application/json")])
    noted = [[what, name, "in the worker" if pid == os.getpid() else "before the fork",
              "changed" if folder == "later" else "as started"]
             for what, name, pid, folder in sys.noted]
    return [json.dumps({
        "loaded": noted,
        "directory": os.path.basename(os.getcwd()) == "later",
        "file wrapper": "wsgi.file_wrapper" in environ,
        "aliases": {name: os.path.basename(module.__file__)
                    for name, module in sorted(sys.modules.items()) if name.startswith("alias_")},
        "optimized": [sys.flags.optimize, not __debug__, application.__doc__],
    }).encode()]
`;

const cases: Readonly<Record<string, readonly string[]>> = {
  import: ['import = beside', 'import = sub/some.file.py', 'pyimport = beside2.py'],
  'shared-import': ['import = beside', 'shared-import = beside2', 'shared-pyimport = sub/x.py'],
  'an import that raises': ['import = raises', 'import = beside'],
  'an import that is not there': ['import = nothing_of_that_name', 'import = no/such.py'],
  'a shared import that raises': ['shared-import = raises', 'shared-import = beside'],
  chdir2: ['chdir2 = later', 'import = beside'],
  'the last chdir2': ['chdir2 = sub', 'chdir2 = later'],
  aliases: [
    'import = alias_module',
    'pymodule-alias = alias_module=beside',
    'pymodule-alias = alias_file=sub/some.file.py',
    'post-pymodule-alias = alias_late=beside2',
    'pymodule-alias = alias_of_the_alias=alias_module',
  ],
  'an alias of a package': ['pymodule-alias = alias_p=./package'],
  'an alias of nothing': ['pymodule-alias = alias_x', 'post-pymodule-alias = alias_y'],
  optimize: ['optimize = 2'],
  'no file wrapper': ['wsgi-disable-file-wrapper = true'],
  'file wrapper': ['wsgi-disable-file-wrapper = false'],
};

/** What the application says it found, for each case, imported once and in each worker. */
export async function loadingObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('root.py', application);
  for (const each of [
    'beside.py',
    'beside2.py',
    'sub/some.file.py',
    'sub/x.py',
    'package/__init__.py',
  ]) {
    place.write(each, noted(each));
  }
  place.write('raises.py', `${noted('raises.py')}\nraise ValueError("not today")\n`);
  mkdirSync(place.path('later'), { recursive: true });
  const seen: Record<string, string> = {};
  for (const [what, lines] of Object.entries(cases)) {
    for (const [mode, more] of [
      ['once', []],
      ['lazy-apps', ['lazy-apps = true']],
    ] as const) {
      const ini = [MASTER, 'wsgi-file = root.py', ...lines, ...more].join('\n');
      seen[`${what}, ${mode}`] = await whileServing(name, place, { ini }, async (daemon) => {
        return (await daemon.get('/')).text;
      });
    }
  }
  return seen;
}
