/** Every file says first what it is for, has few and short lines, and leaves nothing for later. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sources, withoutTexts } from '../support/sources.ts';

/** Prettier breaks code there; what it cannot break, a text or a pattern, does not count. */
const COLUMNS = 100;
const LINES = 200;
/** Files that are one thing and longer; none of them may grow beyond this without a reason. */
const longer: Readonly<Record<string, number>> = {
  'src/config/reading/collector.ts': 240,
  'src/gateway/client/connection.ts': 230,
  'src/gateway/dispatch/dispatcher.ts': 350,
  'src/gateway/http/head.ts': 260,
  'src/gateway/request/variables.ts': 265,
  'src/gateway/exchange/exchange.ts': 215,
  'src/gateway/exchange/router.ts': 350,
  'src/gateway/exchange/response.ts': 205,
  'src/gateway/workers/assign.ts': 350,
  'src/gateway/workers/overruns.ts': 350,
  'src/gateway/workers/slot.ts': 350,
  'src/gateway/workers/pool.ts': 350,
  'src/master/daemon/daemon.ts': 270,
  'src/master/main.ts': 255,
  'src/master/children/gateways.ts': 220,
  'src/master/listeners/open.ts': 250,
  'src/master/children/spawners.ts': 260,
  'src/protocol/control-messages.ts': 285,
  'src/protocol/request-frames.ts': 350,
  'src/workers/python/reeve_worker/request_frames.py': 240,
  'src/workers/python/reeve_worker/worker_side.py': 245,
  'src/supervision/settle.ts': 240,
  'src/supervision/supervisor.ts': 280,
};
/** Files with a wider comment. */
const wider: Readonly<Record<string, number>> = {
  'src/cli/process/findings.ts': 101,
  'src/config/changes.ts': 106,
  'src/config/reading/yaml.ts': 101,
  'src/tables/uwsgi/uwsgi.ts': 101,
};
/** Tests are read one case at a time. */
const TEST_LINES = 420;
/** What a sandbox hides, or not, are homes. */
const aboutHomes =
  /^(src\/units|systemd|test\/systemd|test\/unit\/units|test\/golden\/units|test\/support\/machine)/;
const code = ['.ts', '.py', '.sh'];
const all = [...code, '.md', '.ini', '.service', '.socket', '.json', 'Makefile'];

test('every file of code begins with a comment', () => {
  const wrong = sources(code).filter(
    (file) => !/^(#!.*\n)?(\/\*\*|"""|# )/.test(file.text) && file.text.trim() !== '',
  );
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

test(`no line of code is longer than ${COLUMNS} columns`, () => {
  const wrong = sources(code).flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, at) =>
        columns(line) > (wider[file.path] ?? COLUMNS) ? [`${file.path}:${at + 1}`] : [],
      ),
  );
  assert.deepEqual(wrong, []);
});

test(`no file of code is longer than ${LINES} lines; tables of options may be`, () => {
  const wrong = sources(code)
    .filter((file) => !file.path.startsWith('src/tables/'))
    .map((file) => [file.path, file.text.split('\n').length - 1] as const)
    .filter(
      ([path, lines]) => lines > (path.startsWith('test/') ? TEST_LINES : (longer[path] ?? LINES)),
    );
  assert.deepEqual(wrong, []);
});

test('nothing is left for later', () => {
  const later = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
  assert.deepEqual(
    sources(all)
      .filter((file) => later.test(file.text))
      .map((file) => file.path),
    [],
  );
});

test('no file names a directory of the machine on which it was written', () => {
  const places = new RegExp(
    ['"', "'", '`', ' ', '='].map((before) => `${before}/(root|home|wo${''}rk)/`).join('|'),
  );
  const wrong = sources([...all, '.case']).filter(
    (file) =>
      places.test(file.text) && !file.path.startsWith('package') && !aboutHomes.test(file.path),
  );
  assert.deepEqual(
    wrong.map((file) => file.path),
    [],
  );
});

/** How wide a line is; comments count as they stand, code without what cannot be broken. */
function columns(line: string): number {
  const isComment = /^\s*(\*|\/[/*]|#|""")/.test(line);
  const code = isComment
    ? line
    : withoutTexts(line).replace(/(^|[\s(,])\/(?:[^/\\]|\\.)+\/\w*/g, '$1//');
  return Array.from(code).length;
}
