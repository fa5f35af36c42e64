/** Configurations that would be read without end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadConfiguration } from '../../../../src/config/load.ts';
import { writtenHost } from '../../../support/written-host.ts';

/** The errors of /srv/app.ini, in words; it may take a second. */
async function errorsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const texts = Object.entries(files).map(([name, text]) => [name, `[uwsgi]\n${text}`] as const);
  const { diagnostics } = await loadConfiguration(['app.ini'], writtenHost(new Map(texts)));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return errors.map(({ place, sentence }) => `${place}: ${sentence}`);
}

test(
  'files that each include the next one twice are not all read',
  { timeout: 10_000 },
  async () => {
    const names = Array.from({ length: 19 }, (_, index) =>
      index === 0 ? 'app.ini' : `${index}.ini`,
    );
    const files = names.map((name, index) => {
      const next = names[index + 1];
      return [
        name,
        next === undefined ? 'processes = 2\n' : `ini = ${next}\nini = ${next}\n`,
      ] as const;
    });
    const errors = await errorsOf(Object.fromEntries(files));
    const limit = errors.filter((each) => each.includes('more than 1000 files are read'));
    assert.equal(limit.length, 1, errors.join('\n'));
    assert.match(limit[0] ?? '', /^\d+\.ini:\d: /);
  },
);

test('a loop whose lines are many times as many', { timeout: 10_000 }, async () => {
  const text = `for-times = 10000\n${'static-map = /%(_)=/srv\n'.repeat(100)}endfor =\n`;
  assert.match((await errorsOf({ 'app.ini': text })).join(), /more than 20000 lines/);
  const tooOften = await errorsOf({ 'app.ini': 'for-times = 10001\nenv = A=%(_)\nendfor =\n' });
  assert.match(tooOften.join(), /app\.ini:2: .*10001 is more than 10000/);
});

test('values that grow by each other', { timeout: 10_000 }, async () => {
  const text = Array.from({ length: 60 }, (_, index) =>
    index === 0
      ? 'set-placeholder = p0=0123456789\n'
      : `set-placeholder = p${index}=%(p${index - 1})%(p${index - 1})\n`,
  ).join('');
  const uses = 'env = A=%(p16)\n'.repeat(1_000);
  const errors = await errorsOf({ 'app.ini': text + uses });
  assert.ok(
    errors.some((each) => /in all|leads back to itself/.test(each)),
    errors[0],
  );
});

test('files of more text than a configuration has', { timeout: 10_000 }, async () => {
  const long = `; ${'x'.repeat(1_000_000)}\n`;
  const errors = await errorsOf({ 'app.ini': 'ini = long.ini\n'.repeat(30), 'long.ini': long });
  assert.match(errors.join(), /app\.ini:\d+: the files have more than 16777216 characters in all/);
});

test('numbers beyond what makes sense', async () => {
  const errors = await errorsOf({
    'app.ini': 'http = :1\nmodule = a\nprocesses = 1000000000\nthreads = 5000\n',
  });
  assert.deepEqual(errors, [
    'app.ini:4: processes needs a number: 1000000000 is more than 1000: no machine runs so many; more requests at a time need more threads',
    'app.ini:5: threads needs a number: 5000 is more than 1000: each thread has a stack; more requests at a time need more processes',
  ]);
  const both = await errorsOf({
    'app.ini': 'http = :1\nmodule = a\nprocesses = 1000\nthreads = 6\n',
  });
  assert.match(both.join(), /app\.ini:5: .* are 6000 threads, more than 5000/);
});

test('lists and objects that stand in each other without end', { timeout: 10_000 }, async () => {
  const depth = 60_000;
  const files = {
    'app.json': `{"uwsgi": {"env": ${'['.repeat(depth)}${']'.repeat(depth)}}}`,
    'app.yaml': `uwsgi: ${'['.repeat(depth)}${']'.repeat(depth)}`,
    'app.xml': `<uwsgi>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</uwsgi>`,
  };
  for (const [name, text] of Object.entries(files)) {
    const { diagnostics } = await loadConfiguration([name], writtenHost(new Map([[name, text]])));
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    assert.match(errors[0]?.sentence ?? '', /too deep/, name);
  }
});
