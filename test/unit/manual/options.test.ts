/** Help, manual pages and reference name every option of the table, once each, with its unit. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

import {
  commandFlag,
  commonHelp,
  fullHelp,
  optionHelp,
  shortHelp,
} from '../../../src/manual/help.ts';
import { manualOfCommand } from '../../../src/manual/man-command.ts';
import { manualOfFiles } from '../../../src/manual/man-files.ts';
import { manualOfSystemd } from '../../../src/manual/man-systemd.ts';
import { markdownReference } from '../../../src/manual/markdown.ts';
import { flagsOf } from '../../../src/manual/usage.ts';
import { commandNames, flagsOfCommand } from '../../../src/tables/commands.ts';
import { directives } from '../../../src/tables/directives.ts';
import { exitCodes } from '../../../src/tables/exit-codes.ts';
import { optionNames, optionOf } from '../../../src/tables/options/options.ts';
import type { OptionName } from '../../../src/tables/options/options.ts';
import { unsupportedOptions } from '../../../src/tables/uwsgi/uwsgi.ts';
import { repository } from '../../support/interpreters.ts';

const COLUMNS = 80;
const release = { version: '1.2.3', date: '2000-01-01' };
const pages = [manualOfCommand(release), manualOfFiles(release), manualOfSystemd(release)];
const [command = '', files = ''] = pages.map(shown);
const reference = markdownReference();

/** Lines that are exactly this. */
function count(text: string, wanted: string): number {
  return text.split('\n').filter((line) => line === wanted).length;
}

/** The options that `text` does not have once, by what `line` says that it should have. */
function notOnce(text: string, line: (name: OptionName) => string): readonly OptionName[] {
  return optionNames.filter((name) => count(text, line(name)) !== 1);
}

/** What a reader sees of a page's lines. */
function shown(page: string): string {
  const signs: Readonly<Record<string, string>> = { aq: "'", ha: '^', ti: '~', ga: '`' };
  return page
    .replaceAll(/\\f[BIR]|\\:/g, '')
    .replaceAll(/\\\((\w\w)/g, (_sign, name: string) => signs[name] ?? name)
    .replaceAll(/\\([-e&])/g, (_sign, one: string) =>
      one === '-' ? '-' : one === 'e' ? '\\' : '',
    );
}

describe('--help', () => {
  const help = fullHelp();

  test(`fits in ${COLUMNS} columns`, () => {
    const each = optionNames.map(optionHelp);
    const wide = [help, shortHelp(), commonHelp(), ...each].flatMap((text) =>
      text.split('\n').filter((line) => line.length > COLUMNS),
    );
    assert.deepEqual(wide, []);
  });

  test('names every flag once, with what it takes', () => {
    // Flags may be broken into two lines, and stand before a summary.
    const words = help.replaceAll(/\s+/g, ' ');
    const wrong = optionNames.filter((name) => {
      const isAccepted = optionOf(name).section === 'accepted';
      const flags = isAccepted ? `--${name}` : flagsOf(name);
      const parts = words.split(` ${flags}`).slice(1);
      return parts.filter((rest) => /^[, ]/.test(rest)).length !== 1;
    });
    assert.deepEqual(wrong, []);
  });

  test('has the common options alone, and where the rest is', () => {
    const options = commonHelp().split('Common options:\n')[1]?.split('\n\n')[0] ?? '';
    assert.equal(options.match(/^ {2}-/gm)?.length, 22);
    assert.match(commonHelp(), /reeve --help all/);
    assert.ok(commonHelp().split('\n').length < 80);
  });

  test('begins with how it is used, and the short one is that and no more', () => {
    assert.match(help, /^Usage:\n {2}reeve /);
    assert.ok(shortHelp().split('\n').length < 23);
  });
});

describe('the manual of the command', () => {
  test('has an item for every option', () => {
    assert.deepEqual(
      optionNames.filter((name) => {
        // A command may have a flag of that name too.
        const flags = commandNames.flatMap(flagsOfCommand).map(commandFlag);
        const items = 1 + flags.filter((flag) => flag === flagsOf(name)).length;
        if (optionOf(name).section !== 'accepted') return count(command, flagsOf(name)) !== items;
        return !command.includes(`--${name}`);
      }),
      [],
    );
  });

  test('tells every exit code', () => {
    const codes = Object.values(exitCodes).filter((code) => count(command, String(code)) !== 1);
    assert.deepEqual(codes, []);
  });
});

describe('the manual of the files', () => {
  test('has an item for every option', () => {
    const valueOf = (name: OptionName) => optionOf(name).kind.placeholder || 'true|false';
    assert.deepEqual(
      notOnce(files, (name) => `${name} = ${valueOf(name)}`),
      [],
    );
  });

  test('has an item for every key that acts while reading', () => {
    const heads = new Set(files.split('\n').flatMap((line) => line.split(', ')));
    const wrong = Object.entries(directives).filter(
      ([name, { placeholder }]) =>
        !heads.has(placeholder === '' ? name : `${name} = ${placeholder}`),
    );
    assert.deepEqual(wrong, []);
  });
});

describe('the reference', () => {
  test('has a chapter for every option, with its flags', () => {
    assert.deepEqual(
      notOnce(reference, (name) => `### ${name}`),
      [],
    );
    assert.deepEqual(
      notOnce(reference, (name) => `\`${flagsOf(name)}\``),
      [],
    );
  });
});

test('no line of a manual page begins with a sign of roff by accident', () => {
  const macros = /^\.(TH|SH|SS|TP|PP|IP|RS|RE|nf|fi|nh|ad|B|BR|br)\b/;
  const wrong = pages.flatMap((page) =>
    page.split('\n').filter((line) => /^[.']/.test(line) && !macros.test(line)),
  );
  assert.deepEqual(wrong, []);
});

test('an option that takes a time, a size or a number says so', () => {
  const units = /^(SECONDS|MILLISECONDS|BYTES|MEGABYTES|NUMBER|MODE)$/;
  const wrong = optionNames.filter((name) => {
    const { isText, needs, placeholder } = optionOf(name).kind;
    return !isText && /number|digits/.test(needs) && !units.test(placeholder);
  });
  assert.deepEqual(wrong, []);
});

test('the day of the release is the one that CHANGELOG.md says', () => {
  const read = (name: string): string => readFileSync(path.join(repository, name), 'utf8');
  const { version, released } = JSON.parse(read('package.json'));
  assert.match(read('CHANGELOG.md'), new RegExp(`^## ${version}, ${released}$`, 'm'));
});

describe('the comparison with uWSGI', () => {
  test('has a line for each option, and each option that is not there', () => {
    const lines = reference.split('\n');
    const rows = optionNames.filter((name) =>
      lines.some((line) => line.startsWith(`| [\`${name}\`](#${name}) | `)),
    );
    assert.deepEqual(rows, optionNames);
    for (const name of unsupportedOptions.keys())
      assert.ok(reference.includes(`\`${name}\``), name);
  });

  test('tells what depends on the value, and what on the option not being given', () => {
    const row = (name: string) =>
      reference.split('\n').find((line) => line.startsWith(`| [\`${name}\`]`)) ?? '';
    assert.match(row('module'), /\| same \|$/);
    assert.match(
      row('need-app'),
      /\| unless given: it is on by default: .*uWSGI goes on; differs: .*a file \|$/,
    );
    assert.match(row('thunder-lock'), /\| always on: /);
    assert.match(row('reload-mode'), /\| is not there \|$/);
  });
});
