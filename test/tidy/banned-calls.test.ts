/** Calls that have one home each, or none: see src/README.md for why. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isNamed, roomOf, rooms } from '../support/rooms.ts';
import { importsOf, sources, withoutComments, withoutTexts } from '../support/sources.ts';

const files = sources(['.ts'], ['src']).map((file) => ({
  path: file.path,
  code: withoutComments(file.text),
}));

/** What tells the time or waits, and the rooms or files that may; elsewhere time is an argument. */
const clocks = {
  'the time of day': {
    pattern: /\bnew Date\(\)|\bDate\.now\b/,
    homes: ['base/clock', 'log/logger', 'log/access-log', 'cli/process/findings'],
  },
  'the monotonic clock': {
    pattern: /\bperformance\.now\b/,
    homes: ['base/clock', 'cli/process/real-host', 'page/main'],
  },
  'a timer': {
    pattern: /\bset(Timeout|Interval)\b/,
    homes: [
      'base/clock',
      'base/memory',
      'systemd/notify',
      'log/line-writer',
      'log/entry-writer',
      'cli/instances',
      'gateway/socket/client-socket',
      'page/main',
    ],
  },
} as const satisfies Record<string, { pattern: RegExp; homes: readonly string[] }>;

/** Where the pattern occurs outside of `homes`. */
function found(pattern: RegExp, homes: readonly string[] = []): string[] {
  return files
    .filter((file) => !homes.some((home) => file.path.startsWith(`src/${home}`)))
    .flatMap((file) =>
      file.code
        .split('\n')
        .flatMap((line) => (pattern.test(line) ? [`${file.path}: ${line.trim()}`] : [])),
    );
}

/** The files with the pattern. */
function foundIn(pattern: RegExp): string[] {
  return files.filter((file) => pattern.test(file.code)).map((file) => file.path);
}

test('nobody touches process.stdout, process.stderr or console: they set O_NONBLOCK for all', () => {
  assert.deepEqual(found(/\bprocess\.(stdout|stderr|stdin)\b|\bconsole\s*\./), []);
});

test('processes are started in six files', () => {
  const wrong = sources(['.ts'], ['src'])
    .flatMap(importsOf)
    .filter(
      (one) => /^(node:)?(child_process|cluster|worker_threads)$/.test(one.what) && !one.isTypeOnly,
    )
    .map((one) => one.from)
    .filter(
      (path) =>
        ![
          'src/master/children/spawn.ts',
          'src/master/children/shell.ts',
          'src/master/rehearsal/applications.ts',
          'src/cli/start/daemonize.ts',
          'src/cli/units/systemctl.ts',
          'src/cli/upgrade/instance-command.ts',
        ].includes(path),
    );
  assert.deepEqual(wrong, []);
});

test('pure rooms know no time, chance, process or timer', () => {
  const impure =
    /\bnew Date\(\)|\bDate\.now\b|\bMath\.random\b|\bperformance\.|\bprocess\.|\bset(Timeout|Interval|Immediate)\b|\bfetch\(/;
  const pure = rooms().filter((room) => room.isPure);
  const wrong = foundIn(impure).filter((path) => pure.some((room) => room.name === roomOf(path)));
  assert.deepEqual(wrong, []);
});

for (const [what, { pattern, homes }] of Object.entries(clocks)) {
  test(`${what} has its homes`, () => {
    const inOthers = foundIn(pattern).filter((path) => !isNamed(homes, path));
    assert.deepEqual(inOthers, []);
    const used = foundIn(pattern);
    const empty = homes.filter((home) => !used.some((path) => isNamed([home], path)));
    assert.deepEqual(empty, [], 'homes that are not needed');
  });
}

test("arguments are read from process.argv in main.ts, the cli and each process's entry", () => {
  assert.deepEqual(found(/\bprocess\.argv\b/, ['cli/', 'main.ts', 'gateway/main.ts']), []);
});

test('no any, no assertion of a type but `as const`, nothing switched off', () => {
  assert.deepEqual(found(/:\s*any\b|<any>|\bas any\b/), []);
  const asserted = sources(['.ts'], ['src']).flatMap((file) =>
    withoutTexts(withoutComments(file.text))
      .split('\n')
      .filter(
        (line) =>
          /\bas (?!const\b)/.test(line) && !/^(import|export)\b|^ {2}\w+ as \w+,/.test(line),
      )
      .map((line) => `${file.path}: ${line.trim()}`),
  );
  assert.deepEqual(asserted, []);
  const switchedOff = new RegExp(`@ts-${'ignore'}|@ts-${'expect-error'}|eslint-${'disable'}`);
  assert.deepEqual(
    sources(['.ts'], ['src']).filter((file) => switchedOff.test(file.text)),
    [],
  );
});

test("where HTTP is read, blanks are HTTP's: no trim(), no \\s, which take U+00A0 too", () => {
  const read = ['http', 'request', 'client', 'files'].map((room) => `gateway/${room}`);
  const wrong = foundIn(/\.trim(Start|End)?\(|\\[sS]/).filter(
    // It reads files of the operator's.
    (path) => read.includes(roomOf(path)) && path !== 'src/gateway/files/types.ts',
  );
  assert.deepEqual(wrong, []);
});

test('nothing is exported as default, and there are no barrels', () => {
  assert.deepEqual(found(/^export default\b|^export \* from/), []);
});

test('no function takes the index of a list for one of its settings', () => {
  // `units.filter(isUp)` hands the index to `isUp(unit, limitMs = 60_000)`.
  const withDefault = new Set(
    files.flatMap(({ code }) =>
      [...code.matchAll(/\bfunction (\w+)\(([^()]*)\)/g)].flatMap(([, name = '', text = '']) =>
        /^[^,]*,[^,]*(\?:|=)/.test(text) ? [name] : [],
      ),
    ),
  );
  assert.ok(withDefault.size > 10, 'it finds them');
  const handed = /\.(?:map|filter|flatMap|forEach|some|every|find\w*)\((\w+)\)/g;
  const wrong = files.flatMap(({ path, code }) =>
    [...code.matchAll(handed)].flatMap(([call, name = '']) =>
      withDefault.has(name) ? [`${path}: ${call}`] : [],
    ),
  );
  assert.deepEqual(wrong, []);
});
