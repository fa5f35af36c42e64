/** The flags that help, manual and completion tell of are those that the commands read. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import yargs from 'yargs';

import { disableOptions, enableOptions } from '../../../src/cli/units/flags.ts';
import { commandHelp } from '../../../src/manual/help.ts';
import {
  argumentsOfCommand,
  commandNames,
  commandOf,
  flagsOfCommand,
} from '../../../src/tables/commands.ts';

function flagsIn(text: string): string[] {
  const found = [...text.matchAll(/--([a-z][a-z-]*)/g)].map(([, name = '']) => name);
  return [...new Set(found)].toSorted();
}

for (const [name, options] of [
  ['enable', enableOptions],
  ['disable', disableOptions],
] as const) {
  test(`those of reeve ${name}`, async () => {
    const read = flagsIn(await options(yargs([])).help(false).version(false).getHelp());
    assert.deepEqual(
      flagsOfCommand(name)
        .map((flag) => flag.name)
        .toSorted(),
      read,
    );
  });
}

describe('each command', () => {
  for (const name of commandNames) {
    test(`${name} declares the flags that its texts name`, () => {
      const { usage, details = '', flags = [] } = commandOf(name);
      const declared = flags.map((flag) => flag.name);
      const missing = flagsIn(`${usage} ${details}`).filter((flag) => !declared.includes(flag));
      assert.deepEqual(missing, []);
    });

    test(`${name} --help says what each flag is for, in 80 columns`, () => {
      const lines = commandHelp(name).split('\n');
      for (const flag of flagsOfCommand(name)) {
        assert.ok(
          lines.some((line) => new RegExp(`^  .*--${flag.name}\\b`).test(line)),
          flag.name,
        );
        assert.notEqual(flag.summary, '');
      }
      assert.deepEqual(
        lines.filter((line) => line.length > 80),
        [],
      );
    });
  }
});

test('the arguments of a command are the words in capitals of its usage', () => {
  assert.deepEqual(argumentsOfCommand('check'), ['FILE...']);
  assert.deepEqual(argumentsOfCommand('reload'), ['TARGET']);
  assert.deepEqual(argumentsOfCommand('log-level'), ['LEVEL', 'TARGET']);
  assert.deepEqual(argumentsOfCommand('options'), ['NAME...']);
});
