/** Which application answers, and what it is told of its place, for what a front server may say. */

import type { Place } from '../support/place.ts';
import { nginxVariables, packet } from '../support/uwsgi-client.ts';
import type { Variables } from '../support/uwsgi-client.ts';
import { exchange, parseAnswer } from '../support/http.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

/** Answers with its own name, and with all variables that are strings. */
const application = (name: string): string => `
import json
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    seen = {key: value for key, value in environ.items() if isinstance(value, str)}
    return [json.dumps({"application": "${name}", **seen}).encode()]
`;

const mounts: Readonly<Record<string, readonly string[]>> = {
  alone: ['wsgi-file = root.py'],
  mounted: ['wsgi-file = root.py', 'mount = /shop=shop.py', 'mount = /shop/admin=admin.py'],
  'no default': ['mount = /shop=shop.py', 'mount = /blog=blog.py'],
};

const paths = ['/', '/x', '/shop', '/shop/', '/shop/x', '/shopping', '/shop/admin/x', '/blog/y'];
const scriptNames = ['', '/shop', '/shop/', 'shop', '/', '/other', '/shop/admin', '/blog'];

interface Case {
  readonly what: string;
  readonly target: string;
  readonly more: Variables;
  readonly modifier1?: number;
}

function placeCases(): Case[] {
  const all: Case[] = paths.map((target) => ({ what: target, target, more: [] }));
  for (const target of paths) {
    for (const name of scriptNames) {
      const more = [['SCRIPT_NAME', name]] as const;
      all.push({ what: `${target} SCRIPT_NAME=${name}`, target, more });
      const what = `${target} SCRIPT_NAME=${name} modifier 30`;
      all.push({ what, target, more, modifier1: 30 });
    }
    for (const id of ['', '/shop', '/blog', '/other', 'shop']) {
      const named = ['UWSGI_APPID', id] as const;
      all.push({ what: `${target} UWSGI_APPID=${id}`, target, more: [named] });
      const both = [named, ['SCRIPT_NAME', '/shop/admin']] as const;
      all.push({ what: `${target} UWSGI_APPID=${id}, SCRIPT_NAME`, target, more: both });
    }
  }
  return all;
}

/** Application, SCRIPT_NAME (absent is empty) and PATH_INFO of each case. */
export async function mountObservations(name: ServerName, place: Place): Promise<Observations> {
  for (const each of ['root', 'shop', 'admin', 'blog']) {
    place.write(`${each}.py`, application(each));
  }
  const seen: Record<string, string> = {};
  for (const [what, lines] of Object.entries(mounts)) {
    for (const rule of ['by name', 'manage-script-name']) {
      const more = rule === 'by name' ? [] : ['manage-script-name = true'];
      const all = await askAll(name, place, [...lines, ...more], placeCases());
      for (const [asked, environ] of all) {
        const { application: by, SCRIPT_NAME: script = '', PATH_INFO: path = '' } = environ;
        seen[`${what}, ${rule}, ${asked}`] = `${by} "${script}" "${path}"`;
      }
    }
  }
  return seen;
}

const hostMounts = [
  'wsgi-file = root.py',
  'mount = shop.example|=shop.py',
  'mount = shop.example|/blog=blog.py',
  'mount = /all=admin.py',
];

function hostCases(): Case[] {
  const all: Case[] = [];
  for (const host of ['shop.example', 'other.example', 'SHOP.example', 'shop.example:81']) {
    for (const target of ['/x', '/blog/x', '/all/x']) {
      for (const name of ['', '/blog', '/all', '/none']) {
        const more = [
          ['HTTP_HOST', host],
          ['SCRIPT_NAME', name],
        ] as const;
        all.push({ what: `${host}${target} SCRIPT_NAME=${name}`, target, more });
      }
    }
  }
  for (const id of ['shop.example|/blog', '/all', 'none']) {
    const more = [['UWSGI_APPID', id]] as const;
    all.push({ what: `UWSGI_APPID=${id}`, target: '/x', more });
  }
  const more = [['SERVER_NAME', 'shop.example']] as const;
  return [...all, { what: 'SERVER_NAME=shop.example', target: '/x', more }];
}

/** With vhost: application, SCRIPT_NAME, PATH_INFO and UWSGI_APPID of each case. */
export async function hostObservations(name: ServerName, place: Place): Promise<Observations> {
  for (const each of ['root', 'shop', 'admin', 'blog']) {
    place.write(`${each}.py`, application(each));
  }
  const seen: Record<string, string> = {};
  for (const [rule, line] of [
    ['by name', 'vhost = true'],
    ['manage-script-name', 'vhost-host = true\nmanage-script-name = true'],
  ] as const) {
    for (const [asked, environ] of await askAll(name, place, [...hostMounts, line], hostCases())) {
      const { application: by, SCRIPT_NAME: script = '', PATH_INFO: path = '' } = environ;
      seen[`${rule}, ${asked}`] = `${by} "${script}" "${path}" ${environ['UWSGI_APPID']}`;
    }
  }
  return seen;
}

/** What nginx's configurations add, one or two at a time. */
const added: readonly Variables[] = [
  ...['https', 'http', ''].flatMap((scheme) => [
    [['UWSGI_SCHEME', scheme]] as const,
    [
      ['UWSGI_SCHEME', scheme],
      ['HTTPS', 'on'],
    ] as const,
  ]),
  ...['on', 'ON', '1', 'off', '', 'yes'].map((value) => [['HTTPS', value]] as const),
  ...['on', '1', 'off', ''].map((value) => [['HTTP_X_FORWARDED_SSL', value]] as const),
  ...['https', 'http', ''].map((value) => [['HTTP_X_FORWARDED_PROTO', value]] as const),
  [['REQUEST_SCHEME', 'https']],
  [['REMOTE_USER', 'kim']],
  [['REMOTE_USER', '']],
  [['AUTH_TYPE', 'Basic']],
  [['REMOTE_ADDR', '']],
  [['HTTP_HOST', '']],
  [['HTTP_HOST', 'shop.example:8443']],
  [['SERVER_NAME', 'shop.example']],
  [['SERVER_PORT', '8443']],
  [['SERVER_PROTOCOL', 'HTTP/2.0']],
  [['CONTENT_TYPE', 'text/x']],
  [['CONTENT_LENGTH', '0']],
  [['DOCUMENT_ROOT', '/srv']],
  [['HTTP_X_FORWARDED_FOR', '198.51.100.1']],
  [['UWSGI_SCRIPT', 'shop']],
  [['UWSGI_CHDIR', '/tmp']],
  [['UWSGI_PYHOME', '/tmp']],
  [['lower', 'case']],
  [['wsgi.url_scheme', 'odd']],
];

/** The strings of the environ of each. */
export async function addedObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('root.py', application('root'));
  const cases = added.map((more) => ({
    what: more.map((pair) => pair.join('=')).join(' '),
    target: '/x?y=z',
    more,
  }));
  const seen: Record<string, string> = {};
  for (const [what, environ] of await askAll(name, place, ['wsgi-file = root.py'], cases)) {
    for (const [key, value] of Object.entries(environ)) {
      if (key !== 'SCRIPT_NAME' || value !== '') seen[`${what}, ${key}`] = value;
    }
  }
  return seen;
}

async function askAll(
  name: ServerName,
  place: Place,
  lines: readonly string[],
  cases: readonly Case[],
): Promise<readonly (readonly [string, Readonly<Record<string, string>>])[]> {
  const path = place.path('app.sock');
  const fixed = [`http-socket = 127.0.0.1:${place.port}`, `socket = ${path}`, MASTER];
  const chdir = `chdir = ${place.directory}`;
  const ini = ['[uwsgi]', ...fixed, chdir, 'disable-logging = true', ...lines];
  place.write('compare.ini', `${ini.join('\n')}\n`);
  const options = { app: 'hello', args: ['--ini', place.path('compare.ini')] };
  return whileServing(name, place, options, async () => {
    const seen = [];
    for (const { what, target, more, modifier1 = 0 } of cases) {
      const bytes = packet(nginxVariables('GET', target, more), '', modifier1);
      const answer = await parseAnswer(await exchange({ path }, bytes), 'GET', 0);
      const environ: Record<string, string> = JSON.parse(answer.text);
      seen.push([what, environ] as const);
    }
    return seen;
  });
}
