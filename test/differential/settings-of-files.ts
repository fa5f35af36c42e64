/** Cases about what stands in a file: its syntax, its sections, what is replaced in values. */

import { file, lines } from './settings-case.ts';
import type { SettingsCase } from './settings-case.ts';

const syntax: readonly SettingsCase[] = [
  lines('blanks around the sign', 'env=A=1', 'env = B=2', '  env\t=\t C=3\t ', 'env =D= 4'),
  lines('comments', '; one', '# two', '  ; three', 'env = A=1 ; kept', 'env = B=#kept', '\t# four'),
  lines('quotes are kept', 'procname = "quoted"', "env = A='single'", 'env = B="a b'),
  lines('backslashes mean nothing', 'env = A=a\\', 'env = B=\\n\\t', 'env = C=c:\\dir\\'),
  lines('a line is not continued', 'env = A=a \\', '  env = B=b'),
  lines('a key without a sign', 'lazy', 'vacuum', 'env = A=a'),
  lines('a key without a value', 'lazy =', 'procname-prefix =', 'env = A=a'),
  lines('a value with signs', 'env = A=b=c==', 'env = ==', 'procname = = x'),
  lines('capitals in names', 'Processes = 3', 'PROCNAME = x', 'env = A=a'),
  lines('underscores in names', 'procname_prefix = x', 'lazy_apps = true', 'env = A=a'),
  lines('two dashes before a name', '--processes = 3', '-p = 4', 'env = A=a'),
  lines('letters as names', 'p = 4', 'M = 1', 'env = A=a'),
  lines('names are not shortened', 'process = 4', 'procname-pref = x', 'env = A=a'),
  lines('aliases', 'workers = 2', 'processes = 3', 'virtualenv = /v', 'pyhome = /w', 'pp = /p'),
  lines('lists add up under both names', 'pythonpath = /a', 'pp = /b', 'python-path = /c'),
  lines('the last of several', 'harakiri = 5', 'harakiri = 7', 'procname = a', 'procname = b'),
  lines(
    'numbers',
    'processes = 4 ; four',
    'threads = 0x10',
    'harakiri =  12',
    'listen = 1e3',
    'max-requests = +5',
    'buffer-size = 08',
  ),
  lines('true as a number', 'processes = 3', 'max-requests = true', 'harakiri = false'),
  lines(
    'switches',
    'master = true',
    'lazy = True',
    'lazy-apps = 0',
    'vacuum = no',
    'disable-logging = off',
    'single-interpreter = 1',
    'enable-threads = yes',
    'log-x-forwarded-for = nope',
    'thunder-lock = false ; really',
    'no-orphans = FALSE',
  ),
  lines('modes', 'chmod-socket = 660', 'umask = 022'),
  lines('a mode without a value', 'chmod-socket =', 'env = A=a'),
  file('carriage returns', '[uwsgi]\r\nenv = A=a\r\nprocesses = 3\r\nprocname = x \r\n'),
  file('a byte order mark', '\u{feff}[uwsgi]\nenv = A=a\n'),
  file('no newline at the end', '[uwsgi]\nenv = A=a\nprocesses = 3'),
  file('letters beyond ASCII', '[uwsgi]\n; Größe\nenv = A=größe\nenv = B=日本\n'),
  file('form feeds and tabs', '[uwsgi]\nenv = A=\fa\f\nenv = B=b\v\n\tenv\t=\tC=c\td\n'),
];

const sections: readonly SettingsCase[] = [
  file('the section comes twice', '[uwsgi]\nenv = A=1\n[other]\nenv = A=2\n[uwsgi]\nenv = A=3\n'),
  file('keys before the first section', 'env = A=1\n[uwsgi]\nenv = A=2\n'),
  file('a section with blanks', '[ uwsgi ]\nenv = A=1\n[uwsgi]\nenv = A=2\n'),
  file('a section with a comment', '[uwsgi] ; main\nenv = A=1\n[uwsgi]\nenv = A=2\n'),
  file('a section that is not closed', '[other\nenv = A=1\n[uwsgi\nenv = A=2\n'),
  file('a section in capitals', '[UWSGI]\nenv = A=1\n[uwsgi]\nenv = A=2\n'),
  file('an empty section name', '[]\nenv = A=1\n[uwsgi]\nenv = A=2\n'),
  file('an indented section', '  [uwsgi]\n  env = A=1\n\t[other]\n  env = A=2\n'),
  file('another section of this file', '[uwsgi]\nini = :base\nenv = A=1\n[base]\nenv = B=2\n'),
  file(
    'sections that lead to each other',
    '[uwsgi]\nini = :one\nenv = A=%x\n[one]\nini = :two\nenv = B=%x\n[two]\nenv = C=%x\n',
  ),
  {
    title: 'a section by name',
    argv: ['--ini', 'a.ini:staging'],
    files: { 'a.ini': '[uwsgi]\nenv = A=1\n[staging]\nenv = A=2\n' },
  },
  {
    title: 'a section by name of a positional file',
    argv: ['a.ini:staging'],
    files: { 'a.ini': '[uwsgi]\nenv = A=1\n[staging]\nenv = A=2\n' },
  },
  {
    title: 'the section of an included file',
    argv: ['--ini', 'a.ini'],
    files: {
      'a.ini': '[uwsgi]\nini = b.ini:two\nenv = A=%s %S %x %X\n',
      'b.ini': '[uwsgi]\nenv = B=1\n[two]\nenv = B=%s %S %x %X\n',
    },
  },
  {
    title: 'another section after an include',
    argv: ['--ini', 'a.ini'],
    files: {
      'a.ini': '[uwsgi]\ninclude = b.ini\nini = :two\n[two]\nenv = A=a\n',
      'b.ini': '[uwsgi]\nenv = B=b\n[two]\nenv = A=b\n',
    },
  },
  {
    title: 'an include in a directory',
    argv: ['--ini', 'sub/a.ini'],
    files: {
      'sub/a.ini': '[uwsgi]\nini = b.ini\nini = %dc.ini\nenv = A=%d %D %c %C\n',
      'b.ini': '[uwsgi]\nenv = B=%d %D %c %C\n',
      'sub/c.ini': '[uwsgi]\nenv = C=%d %D %c %C\n',
    },
  },
];

const expansions: readonly SettingsCase[] = [
  lines('names of the file', 'env = A=%o|%s|%n|%e|%p|%d|%c|%x|%0|%1|%2'),
  lines('names that are doubled', 'env = A=%%d', 'env = B=%%%n', 'env = C=100%', 'env = D=%%(a)'),
  lines('signs that mean nothing', 'env = A=a%qb', 'env = B=%Y-%m-%d', 'env = C=50% off'),
  lines('magic in a name', '%n = x', 'env = A=%(a)', 'env = %n=%s'),
  lines('magic in a placeholder', 'here = %d', 'env = A=%(here)sub', 'k = %k', 'env = B=%(k + 1)'),
  lines('magic in a comment', '; %d %(nothing)', 'env = A=a ; %n'),
  lines('a placeholder before its definition', 'env = A=%(later)', 'later = x'),
  lines('a placeholder that changes', 'p = 1', 'env = A=%(p)', 'p = 2', 'env = B=%(p)'),
  lines('a placeholder of a placeholder', 'a = x', 'b = %(a)y', 'c = %(b)z', 'env = A=%(c)'),
  lines('a placeholder named inside out', 'env = A=%(c)', 'c = %(b)z', 'b = %(a)y', 'a = x'),
  lines('placeholders that are options', 'procname = x', 'env = A=%(procname)', 'processes = 3'),
  lines('a placeholder with a blank', 'my name = x', 'env = A=%(my name)', 'env = B=%(my)'),
  lines('a placeholder with other signs', 'a-b_c.d = x', 'env = A=%(a-b_c.d)', 'env = B=%( a)'),
  lines('unknown placeholders', 'env = A=%(nothing)', 'env = B=%()', 'env = C=%(', 'env = D=%(a'),
  lines(
    'calculations',
    'n = 5',
    'env = A=%(n + 2)',
    'env = B=%(n - 7)',
    'env = C=%(n * n)',
    'env = D=%(n / 2)',
    'env = E=%(n / 0)',
    'env = F=%(n ++)',
    'env = G=%(n --)',
    'env = H=%(n+1)',
    'env = I=%(2 + 3 * 4)',
    'env = J=%(7 - 10 / 2)',
    'env = K=%(nothing + 2)',
    'env = L=%(n n)',
    'env = M=%(n % 3)',
  ),
  lines(
    'brackets in a calculation',
    'n = 5',
    'b(c) = 7',
    'env = A=%((2 * 2) + 1)',
    'env = B=%((3 * 2)) tail',
    'env = C=%(10 + (3 * 2))',
    'env = D=%(b(c))',
    'env = E=%(b(c) + 1)',
    'env = F=%((n - 3)',
    'env = G=(%(n))',
    'env = H=%(n) )',
  ),
  lines('brackets in a variable', 'env = A=$(HO(ME)) $(WORD)', 'env = B=$(WORD)) $(WORD'),
  lines(
    'variables of the environment',
    'env = A=$(WORD)',
    'env = B=$(NOTHING)',
    'env = C=${WORD}',
    'env = D=$WORD',
    'env = E=$(WORD)$(WORD)',
    'env = F=$(EMPTY)',
    'env = G=$$(WORD)',
    'env = H=%($(WORD))',
    'value = 3',
  ),
  lines('a variable in a name', '$(WORD) = 7', 'env = A=%(value)'),
  lines('a variable that holds signs', 'env = A=$(SIGNS)', 'word = 7'),
  lines('a variable in a file name', 'env = A=@($(WORD).txt)', 'env = B=@(%dvalue.txt)'),
  lines('a file with several lines', 'env = A=@(lines.txt)', 'env = B=b'),
  lines('a file with signs', 'env = A=@(signs.txt)', 'word = 7'),
  lines('an empty file', 'env = A=[@(empty.txt)]'),
  lines('a file twice', 'env = A=@(value.txt)@(value.txt)'),
].map((each) => ({
  ...each,
  env: { WORD: 'value', EMPTY: '', SIGNS: '%(word) $(WORD) %d' },
  files: {
    ...each.files,
    'value.txt': 'text\n',
    'lines.txt': 'one\n\n',
    'signs.txt': '%(word) $(WORD) %d\n',
    'empty.txt': '',
  },
}));

/** A file of this text, named by the flag of its format. */
function text(title: string, format: 'json' | 'yaml' | 'xml', body: string): SettingsCase {
  const name = `a.${format}`;
  return { title, argv: [`--${format}`, name], files: { [name]: body } };
}

const sites =
  '<sites>\n<uwsgi id="one"><env>A=1</env></uwsgi>\n<uwsgi id="two"><env>A=2</env>\n' +
  '<env id="one">B=1</env><env id="two">B=2</env></uwsgi>\n</sites>\n';

const formats: readonly SettingsCase[] = [
  {
    title: 'YAML',
    argv: ['--yaml', 'a.yaml'],
    files: {
      'a.yaml': [
        '# a comment',
        'uwsgi:',
        '  processes: 3 # three',
        '  procname: "quoted # kept"',
        "  'procname-append': 'it''s'",
        '  env: A=1',
        '  env: B=%n %(procname)',
        '  pythonpath: [ /a, /b ]',
        '  touch-reload:',
        '    - /x',
        '    - "/y"',
        '  vacuum: true',
        '  lazy: no',
        'other:',
        '  processes: 9',
        '',
      ].join('\n'),
    },
  },
  {
    title: 'a section of a YAML file',
    argv: ['--yml', 'a.yml:other'],
    files: { 'a.yml': 'uwsgi:\n  procname: a\nother:\n  procname: b\n' },
  },
  {
    title: 'JSON',
    argv: ['--json', 'a.json'],
    files: {
      'a.json': JSON.stringify({
        uwsgi: {
          processes: 3,
          procname: '%n %(word)',
          env: ['A=1', 'B=2'],
          vacuum: true,
          lazy: false,
          'lazy-apps': null,
          'touch-reload': [],
          word: 'value',
        },
      }),
    },
  },
  {
    title: 'keys that JSON repeats',
    argv: ['--json', 'a.json'],
    files: {
      'a.json':
        '{"uwsgi": {"env": "A=1", "procname": "a", "env": ["B=2", "C=\\"x\\": y"], "7": "x", "procname": "b",' +
        ' "env": "D=%(7)"}}',
    },
  },
  text(
    'numbers of JSON, with comments',
    'json',
    '{"uwsgi": { // one\n"env": [12345678901234567890, 1.50, 1e3, -0, "A=\\u00e9\\t"] /* two */}}',
  ),
  text('a trailing comma in JSON', 'json', '{"uwsgi": {"env": "A=1",}}'),
  text(
    'texts of YAML',
    'yaml',
    'uwsgi:\n  env: "A=a\\tb"\n  procname: >-\n    a\n    b\n  env: ~\n  vacuum:\n  env: :8000\n',
  ),
  text('the section in the second document of YAML', 'yaml', 'a:\n  b: c\n---\nuwsgi:\n  env: C\n'),
  text('a value of YAML that begins with a sign', 'yaml', 'uwsgi:\n  env: %%(word)\n'),
  text('a map inside a section of YAML', 'yaml', 'uwsgi:\n  procname: a\n  env:\n    A: 1\n'),
  text('an anchor of YAML', 'yaml', 'uwsgi:\n  procname: &name a\n  env: *name\n'),
  text(
    'XML',
    'xml',
    '<?xml version="1.0"?>\n<uwsgi id="one">\n<!-- c -->\n<vacuum/><lazy></lazy><env>A=B &amp; C</env>\n' +
      '<env><![CDATA[D=<E>]]></env><procname>a </procname><processes id="two">3</processes></uwsgi>\n',
  ),
  text('an XML file of several sections', 'xml', sites),
  { title: 'a section of an XML file', argv: ['--xml', 'a.xml:two'], files: { 'a.xml': sites } },
  text(
    'applications in XML',
    'xml',
    '<uwsgi><app mountpoint="/x"> <module>m</module></app></uwsgi>',
  ),
  text('XML with a tag that is not closed', 'xml', '<uwsgi>\n<env>A=1</evn>\n</uwsgi>\n'),
];

export const casesOfFiles: readonly SettingsCase[] = [
  ...syntax,
  ...sections,
  ...expansions,
  ...formats,
];
