/** What each server answers of the same tree of static files, under the same options. */

import { mkdirSync, symlinkSync, utimesSync } from 'node:fs';

import type { Place } from '../support/place.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const modified = 1_700_000_000;
const date = 'Tue, 14 Nov 2023 22:13:20 GMT';

const requests: readonly (readonly [target: string, headers: Record<string, string>])[] = [
  ['/static/a.css', {}],
  ['/static/a.css', { 'If-Modified-Since': date }],
  ['/static/a.css', { 'If-Modified-Since': 'Tue, 14 Nov 2023 22:13:19 GMT' }],
  ['/static/a.css', { Range: 'bytes=2-4' }],
  ['/static/a.css', { Range: 'bytes=-3' }],
  ['/static/a.css', { Range: 'bytes=4-' }],
  ['/static/a.css', { 'Accept-Encoding': 'gzip' }],
  ['/static/a.css?v=1', {}],
  ['/static/none.css', {}],
  ['/static/code.php', {}],
  ['/static/link-out', {}],
  ['/static/link-safe', {}],
  ['/static/sub/', {}],
  ['/static/sub', {}],
  ['/static/../secret/s.txt', {}],
  ['/static/%2e%2e/secret/s.txt', {}],
  ['/staticx/a.css', {}],
  ['/one.txt', {}],
  ['/tree/b.txt', {}],
  ['/checked.txt', {}],
];

const options = `
static-map = /static=tree
static-map = /one.txt=tree/b.txt
static-map2 = /tree=.
check-static = checked
static-index = index.html
static-skip-ext = .php
static-safe = %dsafe
static-gzip-all = true
static-expires-mtime = \\.css$ 3600
static-expires-type-mtime = text/x-plain=60
mimefile = types
honour-range = true
disable-logging = true`;

/** Other rules about when a file expires, and which ones are sent compressed. */
const otherRules = `
static-map = /static=tree
mimefile = types
disable-logging = true`;

/** Each about a time and about a form, as one does not touch the other. */
const rules: Readonly<Record<string, readonly string[]>> = {
  'expires, compressed by ending': [
    ...[
      'static-expires = /tree/a\\.css 60',
      'static-expires = \\.css$ 70',
      'static-gzip-ext = .css',
    ],
  ],
  'expires by uri, compressed by another ending': [
    ...['static-expires-uri = v=1$ 60', 'static-gzip-suffix = .js'],
  ],
  'expires by path, compressed by directory': [
    ...['static-expires-path-info = ^/static/.*css$ 60', 'static-gzip-dir = %dtree'],
  ],
  'expires by type, compressed by another directory': [
    ...['static-expires-type = text/x-css=60', 'static-gzip-prefix = %dsafe'],
  ],
  'expires by uri and path': [
    ...['static-expires-path-info = css 60', 'static-expires-uri = css 70'],
    'static-gzip = a\\.css$',
  ],
  'mtime of all kinds, named for the proxy': [
    ...['static-expires-uri-mtime = css 60', 'static-expires-path-info-mtime = css 70'],
    ...['static-expires-mtime = css 80', 'file-serve-mode = nginx'],
  ],
  'named for Apache': ['fileserve-mode = x-sendfile'],
};

/** A second's difference between the two servers is none. */
function minutesFrom(date: string): string {
  const seconds = (Date.parse(date) - Date.now()) / 1000;
  return Math.abs(seconds) > 600 ? date : `in ${Math.round(seconds / 10)}0 s`;
}

/** What a rule makes of one file. */
export async function staticRuleObservations(name: ServerName, place: Place) {
  makeTree(place);
  const seen: Record<string, string> = {};
  for (const [what, lines] of Object.entries(rules)) {
    const ini = [MASTER + otherRules, ...lines].join('\n');
    await whileServing(name, place, { app: 'hello', ini }, async (daemon) => {
      const asked = { headers: { 'Accept-Encoding': 'gzip' } };
      const { headers, text } = await daemon.get('/static/a.css?v=1', asked);
      const { expires = '-', 'content-encoding': encoding = '-' } = headers;
      const named = headers['x-accel-redirect'] ?? headers['x-sendfile'] ?? '-';
      const file = named.replace(place.directory, '');
      seen[what] = `${text}, ${encoding}, ${file}, ${expires === '-' ? '-' : minutesFrom(expires)}`;
    });
  }
  return seen;
}

/** Status, body and the headers that say something of the file. */
export async function staticObservations(name: ServerName, place: Place): Promise<Observations> {
  makeTree(place);
  const seen: Record<string, string> = {};
  await whileServing(name, place, { app: 'hello', ini: MASTER + options }, async (daemon) => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      for (const [target, headers] of requests) {
        const what = `${method} ${target} ${Object.entries(headers).join()}`.trim();
        const answer = await daemon.get(target, { method, headers });
        seen[`${what}, status`] = `${answer.status} ${answer.reason}`;
        seen[`${what}, body`] = answer.text;
        for (const [header, value] of answer.headerList) {
          if (header !== 'Date') seen[`${what}, header ${header}`] = value;
        }
      }
    }
  });
  return seen;
}

function makeTree(place: Place): void {
  for (const directory of ['tree/sub', 'secret', 'safe', 'checked', 'treesecret']) {
    mkdirSync(place.path(directory), { recursive: true });
  }
  for (const [path, text] of [
    ['tree/a.css', 'body {}'],
    ['tree/a.css.gz', 'compressed'],
    ['tree/b.txt', 'text'],
    ['tree/code.php', 'code'],
    ['tree/sub/index.html', 'index'],
    ['secret/s.txt', 'secret'],
    ['safe/safe.txt', 'safe'],
    ['checked/checked.txt', 'checked'],
    ['types', 'text/x-css css\ntext/x-plain txt\ntext/x-html html\n'],
  ] as const) {
    utimesSync(place.write(path, text), modified, modified);
  }
  for (const [to, from] of [
    ['secret/s.txt', 'tree/link-out'],
    ['safe/safe.txt', 'tree/link-safe'],
  ] as const) {
    try {
      symlinkSync(place.path(to), place.path(from));
    } catch {
      // Made for the first of the two servers.
    }
  }
}
