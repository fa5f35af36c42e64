/** Calls that have one home each, or none: see src/README.md for why. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { importsOf, sources, withoutComments, withoutTexts } from '../support/sources.ts';

const files = sources(['.ts'], ['src']).map((file) => ({
  path: file.path,
  code: withoutComments(file.text),
}));

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

test('nobody touches process.stdout, process.stderr or console: they set O_NONBLOCK for all', () => {
  assert.deepEqual(found(/\bprocess\.(stdout|stderr|stdin)\b|\bconsole\s*\./), []);
});

test('processes are started in four files', () => {
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
          'src/cli/start/start-daemon.ts',
          'src/cli/units/systemctl.ts',
          'src/cli/upgrade/instance-command.ts',
        ].includes(path),
    );
  assert.deepEqual(wrong, []);
});

test('pure folders know no time, chance, process or timer', () => {
  const pure = ['tables', 'units', 'config', 'supervision', 'protocol', 'manual'];
  const impure =
    /\bDate\b|\bMath\.random\b|\bperformance\.|\bprocess\.|\bset(Timeout|Interval|Immediate)\b|\bfetch\(/;
  const wrong = found(impure).filter((line) =>
    pure.some((folder) => line.startsWith(`src/${folder}/`)),
  );
  assert.deepEqual(wrong, []);
});

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

test('nothing is exported as default, and there are no barrels', () => {
  assert.deepEqual(found(/^export default\b|^export \* from/), []);
});
