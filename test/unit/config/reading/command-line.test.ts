/** What a command line means: what is set, what is refused with which exit code and sentence. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { firstError, printDiagnostic } from '../../../../src/config/reading/diagnostic.ts';
import { loadConfiguration } from '../../../../src/config/load.ts';
import { writtenHost } from '../../../support/written-host.ts';

const served = ['--http', ':8000', '--module', 'app'];
const files = new Map([
  ['a.ini', '[uwsgi]\nhttp = :8000\nmodule = app\nprocesses = 7\nprocname = file\n'],
  ['wrong.ini', '[uwsgi]\nhttp = :8000\nmodule = app\nprocesses = many\n'],
]);

function load(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return loadConfiguration(words, writtenHost(files, environment));
}

/** The exit code and the errors of a start with these words; 0 when it may go on. */
async function refusal(...words: readonly string[]): Promise<string> {
  const { diagnostics } = await load(words);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(printDiagnostic);
  return [firstError(diagnostics)?.exitCode ?? 0, ...errors].join('\n');
}

describe('a value', () => {
  test('stands after a sign or a blank, for a letter also without either', async () => {
    for (const words of [['--processes=3'], ['--processes', '3'], ['-p3'], ['-p', '3']]) {
      assert.equal((await load([...served, ...words])).settings.processes, 3, words.join(' '));
    }
  });

  test('may begin with a dash, but not be another flag', async () => {
    assert.equal((await load([...served, '--procname', '-x'])).settings.procname, '-x');
    assert.equal(
      await refusal('--http', '--module', 'app'),
      '64\nerror: --http needs an address such as :8000; the next word is --module',
    );
  });

  test('is missed at the end of the command line', async () => {
    assert.equal(
      await refusal('--http', ':8000', '--module'),
      '64\nerror: --module needs a module such as app:application; ' +
        'it is the last word of the command line',
    );
    assert.equal(
      await refusal(...served, '-p'),
      '64\nerror: -p needs a number; it is the last word of the command line',
    );
    assert.equal(
      await refusal('--stop'),
      '64\nerror: --stop needs a value (PIDFILE); it is the last word of the command line',
    );
    assert.equal(
      await refusal('--ini'),
      '64\nerror: --ini needs a value (FILE); it is the last word of the command line',
    );
  });

  test('of the wrong kind is refused as a wrong command line, in a file as a wrong file', async () => {
    assert.equal(
      await refusal(...served, '--processes', 'many'),
      '64\n--processes: error: processes needs a number: "many" is not a number',
    );
    assert.equal(
      await refusal('wrong.ini'),
      '78\nwrong.ini:4: error: processes needs a number: "many" is not a number',
    );
  });

  test('of a switch is told after a sign', async () => {
    assert.equal((await load([...served, '--vacuum'])).settings.vacuum, true);
    assert.equal((await load([...served, '--vacuum=false'])).settings.vacuum, false);
    assert.equal(
      await refusal(...served, '--vacuum', 'false'),
      '64\nerror: "false" is neither an option nor a configuration file; ' +
        'a switch takes its value after =, as in --vacuum=false',
    );
  });

  test('that may be left out is never the next word', async () => {
    assert.equal((await load([...served, '-C'])).settings['chmod-socket'], 0o666);
    assert.equal((await load([...served, '-C600'])).settings['chmod-socket'], 0o600);
    assert.match(
      await refusal(...served, '--chmod-socket', '600'),
      /^64\n.*"600" is neither an option/,
    );
  });
});

describe('a name', () => {
  test('that is wrong is answered with the nearest one', async () => {
    for (const [written, meant] of [
      ['--proceses', 'processes'],
      ['--worker-realod-mercy', 'worker-reload-mercy'],
      ['--proc-name-spaced', 'procname-prefix-spaced'],
      ['--vaccum', 'vacuum'],
      ['--wsgi_file', 'wsgi-file'],
      ['--HTTP', 'http'],
      ['--guid', 'gid'],
    ] as const) {
      const sentence = `64\nerror: unknown option ${written}; did you mean --${meant}?`;
      assert.equal(await refusal(...served, written), sentence);
    }
  });

  test('that is like no other is answered with the way to the list', async () => {
    assert.equal(
      await refusal(...served, '--zzz'),
      '64\nerror: unknown option --zzz; `reeve --help all` lists all',
    );
    assert.equal(
      await refusal(...served, '-W'),
      '64\nerror: unknown option -W; `reeve --help all` lists all',
    );
  });

  test('may be shortened as long as it stays clear', async () => {
    assert.equal((await load([...served, '--vac'])).settings.vacuum, true);
    assert.equal((await load([...served, '--buffer-s=5'])).settings['buffer-size'], 5);
    assert.match(
      await refusal(...served, '--proc', '5'),
      /^64\nerror: unknown option --proc; it may mean --processes, /,
    );
  });

  test('of one letter may share its dash with others', async () => {
    const { settings } = await load([...served, '-MLp4']);
    assert.deepEqual([settings['disable-logging'], settings.processes], [true, 4]);
  });
});

describe('files and flags', () => {
  const procname = async (...words: readonly string[]) => (await load(words)).settings.procname;

  test('count in their order, but a file without a flag counts last', async () => {
    assert.equal(await procname('--procname', 'flag', '--ini', 'a.ini'), 'file');
    assert.equal(await procname('--ini', 'a.ini', '--procname', 'flag'), 'flag');
    assert.equal(await procname('a.ini', '--procname', 'flag'), 'file');
  });

  test('come after the variables of the environment', async () => {
    const named = { UWSGI_PROCNAME: 'variable' };
    assert.equal((await load(served, named)).settings.procname, 'variable');
    assert.equal((await load(['a.ini'], named)).settings.procname, 'file');
  });

  test('may be named by a variable', async () => {
    assert.equal((await load([], { UWSGI_INI: 'a.ini' })).settings.processes, 7);
  });

  test('a file that is missing ends with 66, wherever it is named', async () => {
    const sentence = 'error: cannot read no.ini: there is no such file';
    assert.equal(await refusal('no.ini'), `66\n${sentence}`);
    assert.equal(await refusal('--ini', 'no.ini'), `66\n--ini: ${sentence}`);
  });

  test('a word that is neither is answered with what it looks like', async () => {
    for (const [word, advice] of [
      ['app.py', 'did you mean --wsgi-file app.py?'],
      ['app:application', 'did you mean --module app:application?'],
      [':8000', 'did you mean --http :8000?'],
      ['site.conf', 'say --ini site.conf if it is an ini file'],
    ] as const) {
      const sentence = `error: "${word}" is neither an option nor a configuration file`;
      assert.equal(await refusal(word), `64\n${sentence}; ${advice}`);
    }
  });
});

describe('something else than a start', () => {
  test('is known by its flag, and needs neither listener nor application', async () => {
    for (const [words, command] of [
      [['--version'], { kind: 'version' }],
      [['--help'], { kind: 'help' }],
      [['-h'], { kind: 'help' }],
      [['--stop', '/run/x.pid'], { kind: 'stop', pidfile: '/run/x.pid' }],
      [['--reload=/run/x.pid'], { kind: 'reload', pidfile: '/run/x.pid' }],
      [['--pause', '/run/x.pid'], { kind: 'suspend', pidfile: '/run/x.pid' }],
    ] as const) {
      const loaded = await load(words);
      assert.deepEqual(loaded.command, command);
      assert.equal(firstError(loaded.diagnostics), undefined);
    }
  });
});
