/**
 * What a file of the corpus needs to run: made from its lines, and from `scenarios.json` where
 * these do not tell.
 *
 * The file stands at its place in a checkout, /srv, which is the working directory. What its lines
 * name is put there: directories, virtual environments, users, addresses, and applications that
 * answer with what they are told.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';

import { Collector } from '../../src/config/reading/collector.ts';
import { readCommandLine } from '../../src/config/reading/command-line.ts';
import { fileName, formatOf } from '../../src/config/reading/files.ts';
import { expandEntries } from '../../src/config/values/expansion.ts';
import { writtenHost } from '../support/written-host.ts';
import type { CorpusFile } from './corpus.ts';

export interface Listener {
  /** As it is written: `:8000`, `/run/app.sock`. */
  readonly address: string;
  readonly protocol: 'http' | 'uwsgi' | 'other';
}

export interface Scenario {
  readonly name: string;
  readonly repository: string;
  /** The words behind the command. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What is made for it; the first ones hold the others. */
  readonly directories: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** Commands that end, and those that go on. */
  readonly programs: readonly string[];
  readonly daemons: readonly string[];
  readonly pythonHomes: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** `user:group` of what is made; '' leaves it to root. */
  readonly owner: string;
  /** Names of machines, and addresses that are no loopback address. */
  readonly machines: readonly string[];
  /** What relative paths are below, once the file has changed the directory. */
  readonly base: string;
  readonly listeners: readonly Listener[];
  readonly mounts: readonly string[];
  readonly probes: readonly string[];
  readonly touched: string | undefined;
  /** Paths of a certificate and its key. */
  readonly certificates: readonly (readonly string[])[];
  /** Options in the file, for reasons that hold only where one is. */
  readonly options: readonly string[];
  /** Why uWSGI cannot run it, for a reason of its own; '' where it can. */
  readonly broken: string;
  /** uWSGI as pip builds it, or Debian's where the file needs what pip's lacks (PCRE, JSON). */
  readonly build: 'pip' | 'debian';
}

interface Override {
  /** Why uWSGI cannot run it, for a reason of its own. */
  readonly broken?: string;
  /** Virtual environments that its lines find by a pattern. */
  readonly pythonHomes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

const overrides: Readonly<Record<string, Override>> = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'scenarios.json'), 'utf8'),
);
const stub = readFileSync(path.join(import.meta.dirname, 'stub.py'), 'utf8');
const root = '/srv';

export async function scenarioOf(file: CorpusFile): Promise<Scenario> {
  const override = overrides[file.name] ?? {};
  const place = path.join(root, file.path);
  const format = formatOf(file.name) ?? 'ini';
  const environment = { ...environmentFor(file.text), ...override.environment };
  const given = [`--${format}`, place, ...(override.words ?? [])];
  const homes = override.pythonHomes ?? [];
  const written = [[place, file.text] as const, ...homes.map((home) => [home, ''] as const)];
  const settings = await settingsOf(given, new Map(written), environment);
  const find = (...names: string[]) => valuesOf(settings, names);
  const isServer = find('emperor', 'tuntap-router', 'fastrouter').length === 0;
  const listeners = listenersOf(settings);
  const isWithout = isServer && listeners.length === 0;
  const added = isWithout ? ['--http-socket', '127.0.0.1:8080'] : [];
  const places = placesOf(settings, place, file.text);
  const needsPcre = settings.some(({ name }) =>
    /^(\w+-)?route(-|$)|^cgi|^static-expires/.test(name),
  );
  return {
    name: file.name,
    repository: file.repository,
    words: [...given, ...added],
    environment,
    ...places,
    ...accountsOf(settings),
    machines: machinesOf(listeners),
    listeners: isWithout ? [{ address: '127.0.0.1:8080', protocol: 'http' }] : listeners,
    mounts: find('mount').map((value) => cutAt(value, '=')[0]),
    probes: find('static-map', 'static-map2').map((value) => probeOf(value)),
    touched: find('touch-reload', 'touch-workers-reload')[0],
    certificates: find('https', 'https-socket').map((value) => value.split(',').slice(1, 3)),
    options: [...new Set(settings.map(({ name }) => name))],
    broken: override.broken ?? '',
    build: needsPcre || format === 'json' ? 'debian' : 'pip',
  };
}

/** The lines in their order, with their placeholders replaced. */
async function settingsOf(
  words: readonly string[],
  files: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string>>,
): Promise<readonly Setting[]> {
  const host = writtenHost(files, environment);
  const collector = new Collector(host);
  for (const line of readCommandLine(words).lines) await collector.add(line);
  collector.finish();
  return expandEntries(collector.entries, host).entries;
}

/** Variables that the file takes values from; those that it asks for (`if-env`) are not there. */
function environmentFor(text: string): Record<string, string> {
  const asked = new Set([...text.matchAll(/if(?:-not)?-env\s*=\s*(\w+)/g)].map(([, name]) => name));
  const used = [...text.matchAll(/\$\((\w+)\)/g)].map(([, name = '']) => name);
  const named = used.filter((name) => !asked.has(name) && !/^(HOME|UWSGI_VERSION)$/.test(name));
  return Object.fromEntries(named.map((name) => [name, exampleOf(name)]));
}

function exampleOf(variable: string): string {
  if (variable.endsWith('PORT')) return '8080';
  if (/LEVEL|PROCESSES|WORKERS|THREADS/.test(variable)) return '2';
  return `/srv/variables/${variable.toLowerCase()}`;
}

function listenersOf(settings: readonly Setting[]): Listener[] {
  const isHttp = valuesOf(settings, ['protocol', 'socket-protocol']).at(-1) === 'http';
  return settings.flatMap(({ name, value }): Listener[] => {
    const address = value.trim();
    if (address === '') return [];
    if (name === 'socket' || name === 's') {
      return [{ address, protocol: isHttp ? 'http' : 'uwsgi' }];
    }
    if (name === 'uwsgi-socket') return [{ address, protocol: 'uwsgi' }];
    if (/^http(11)?(-socket)?$/.test(name)) return [{ address, protocol: 'http' }];
    return /^https(-socket)?$/.test(name) ? [{ address, protocol: 'other' }] : [];
  });
}

/** Everything on disk that the lines name. */
function placesOf(settings: readonly Setting[], place: string, text: string) {
  const find = (...names: string[]) => valuesOf(settings, names);
  const last = find('chdir').at(-1) ?? '.';
  const base = path.resolve(root, last);
  const inBase = (name: string) => path.resolve(base, name);
  const inBoth = (name: string) => [inBase(name), path.resolve(root, name)];
  const files: Record<string, string> = { [place]: text };
  const directories = new Set<string>([root, path.dirname(place), base]);
  for (const name of find(...directoryOptions)) directories.add(inBase(name));
  for (const name of find('emperor').filter((one) => one.startsWith('/'))) directories.add(name);
  for (const name of writtenNames(settings)) inBoth(name).forEach((one) => parentsInto(one));
  const names = callablesOf(settings);
  // A file that changes no directory names the one of its modules.
  const [first] = find('chdir').length > 0 ? [] : find('pythonpath', 'python-path', 'pp');
  const modules = inBase(first ?? '.');
  for (const name of applicationsOf(settings)) {
    for (const [file, code] of moduleFiles(modules, name, names)) files[file] ??= code;
  }
  for (const name of find(...touchedOptions)) files[inBase(name)] ??= '';
  for (const name of find('ini', 'include')) {
    if (name.startsWith('/') && name !== place) files[name] ??= '[uwsgi]\n';
  }
  for (const value of find('static-map', 'static-map2')) {
    const target = inBase(cutAt(value, '=')[1]);
    if (/\.\w+$/.test(target)) files[target] ??= 'static text\n';
    else files[path.join(target, 'probe.txt')] ??= 'static text\n';
  }
  Object.keys(files).forEach((file) => parentsInto(file));
  const homes = find('home', 'virtualenv', 'venv', 'pyhome', 'H', 'pythonhome');
  return {
    base,
    files,
    directories: [...directories],
    programs: hooksOf(settings),
    daemons: find('attach-daemon', 'attach-daemon2').map(programOf),
    pythonHomes: homes.map(inBase),
  };

  function parentsInto(file: string): void {
    directories.add(path.dirname(file));
  }
}

const directoryOptions = [
  ...['chdir2', 'pythonpath', 'python-path', 'pp', 'spooler', 'check-static', 'cgi'],
  ...['static-gzip-dir', 'spooler-chdir', 'emperor-on-demand-directory'],
];
const touchedOptions = [
  ...['touch-reload', 'touch-workers-reload', 'touch-logreopen', 'touch-chain-reload'],
  ...['import', 'shared-import', 'spooler-import', 'zabbix-template'],
];

/** Files and sockets that the server makes. */
function writtenNames(settings: readonly Setting[]): readonly string[] {
  const plain = valuesOf(settings, [
    ...['pidfile', 'pidfile2', 'safe-pidfile', 'logto', 'logto2', 'daemonize', 'daemonize2'],
    ...['stats', 'master-fifo', 'log-backupname', 'py-tracebacker', 'http-to', 'carbon'],
    ...['fastrouter-subscription-server', 'subscribe-to'],
  ]);
  const sockets = listenersOf(settings).map(({ address }) => address);
  const logs = valuesOf(settings, ['logger', 'req-logger', 'logger-req']).flatMap((value) => {
    const [, rest] = /^(?:\w+ )?file:(?:logfile=)?([^,]+)/.exec(value) ?? [];
    return rest === undefined ? [] : [rest];
  });
  return [...plain, ...sockets, ...logs].filter((name) => name.includes('/'));
}

/** `module`, `wsgi-file` and what is mounted, as a path of a file or a dotted name. */
function applicationsOf(settings: readonly Setting[]): readonly string[] {
  const named = valuesOf(settings, ['module', 'wsgi', 'w']);
  const files = valuesOf(settings, ['wsgi-file', 'file']).map((name) =>
    name.includes('/') ? name : `./${name}`,
  );
  const mounted = valuesOf(settings, ['mount']).map((value) => cutAt(value, '=')[1]);
  return [...named, ...files, ...mounted].filter((name) => /^[\w./ -]+(:[\w()]+)?$/.test(name));
}

function callablesOf(settings: readonly Setting[]): readonly string[] {
  const own = applicationsOf(settings).flatMap((name) => cutAt(name, ':')[1] || []);
  return [...new Set(['app', ...own, ...valuesOf(settings, ['callable'])])];
}

/** A stub at the place of `a.b:c` or `a/b.py`, with the packages around it. */
function moduleFiles(
  base: string,
  name: string,
  callables: readonly string[],
): readonly (readonly [string, string])[] {
  const aliases = callables.map((one) =>
    one.endsWith('()')
      ? `\n\ndef ${one}:\n    return application\n`
      : one === 'application' || !/^[A-Za-z_]\w*$/.test(one)
        ? ''
        : `\n${one} = application\n`,
  );
  const code = stub + aliases.join('');
  const [target] = cutAt(name, ':');
  if (target.includes('/') || target.endsWith('.py')) {
    return [[path.resolve(base, target), code]];
  }
  const parts = target.split('.');
  const packages = parts
    .slice(0, -1)
    .map((_, at) => [path.join(base, ...parts.slice(0, at + 1), '__init__.py'), ''] as const);
  return [...packages, [`${path.join(base, ...parts)}.py`, code]];
}

/** Commands of hooks. */
function hooksOf(settings: readonly Setting[]): readonly string[] {
  return settings.flatMap(({ name, value }) => {
    if (name.startsWith('exec-')) return [value];
    const [, command] = /^exec:(.*)/.exec(value) ?? [];
    return name.startsWith('hook-') && command !== undefined ? [command] : [];
  });
}

function programOf(command: string): string {
  const [, named] = /(?:^|,)cmd=([^,]*)/.exec(command) ?? [];
  return named ?? command;
}

function accountsOf(settings: readonly Setting[]) {
  const find = (...names: string[]) => valuesOf(settings, names);
  const isName = (text: string) => /^[a-z_][\w-]*$/i.test(text);
  const sockets = find('chown-socket', 'chown').map((value) => cutAt(value, ':'));
  const users = [...find('uid'), ...sockets.map(([user]) => user)];
  const groups = [...find('gid'), ...sockets.map(([, group]) => group)];
  const owner = find('uid').at(-1) ?? '';
  const group = find('gid').at(-1) ?? '';
  return {
    users: [...new Set(users.filter(isName))],
    groups: [...new Set(groups.filter(isName))],
    owner: owner === '' ? '' : `${owner}:${group}`,
  };
}

function machinesOf(listeners: readonly Listener[]): readonly string[] {
  return listeners.flatMap(({ address }) => {
    const [, host = ''] = /^([\w.-]+):\d/.exec(address) ?? [];
    return ['', 'localhost', '0.0.0.0'].includes(host) || host.startsWith('127.') ? [] : [host];
  });
}

/** A path of the URL at which a static file stands. */
function probeOf(map: string): string {
  const [prefix, target] = cutAt(map, '=');
  return /\.\w+$/.test(target) ? prefix : `${prefix}/probe.txt`;
}

function valuesOf(settings: readonly Setting[], names: readonly string[]): readonly string[] {
  return settings
    .filter(({ name, value }) => names.includes(name) && value.trim() !== '')
    .map(({ value }) => value.trim());
}

function cutAt(text: string, sign: string): readonly [string, string] {
  const at = text.indexOf(sign);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Where the file stands whose words these are. */
export function placeOf(scenario: Scenario): string {
  return fileName(scenario.words[1] ?? '').path;
}
