/**
 * PURE. Which files and directories the settings use, and how: what a sandbox must let through.
 */

import { absolute } from '../config/values/absolute-path.ts';
import { readAddress } from '../config/values/addresses.ts';
import { readLogger } from '../log/loggers/target.ts';
import { optionNames } from '../tables/options/options.ts';
import { pasteFile } from '../tables/paste-file.ts';

import type { OptionName, Settings } from '../tables/options/options.ts';

export interface UsedPath {
  /** Absolute, without `.` and `..`. */
  readonly path: string;
  readonly option: OptionName;
  /** Where it was written: "app.ini:4". */
  readonly place: string;
  readonly use: 'read' | 'write' | 'socket';
}

export interface Reading {
  readonly settings: Settings;
  /** Where each option was given last. */
  readonly given: ReadonlyMap<OptionName, string>;
  /** Where the process is started. */
  readonly startDirectory: string;
}

export const listenerOptions = [
  'http',
  'http-socket',
  'http11-socket',
  'socket',
  'uwsgi-socket',
] as const;

/** Files and directories that are read, some after a `PATH=`. */
const pathLists = [
  'pythonpath',
  'static-map',
  'static-map2',
  'check-static',
  'static-safe',
  'static-gzip-dir',
  'sendfile-root',
  'mimefile',
  'touch-reload',
  'touch-logrotate',
  'touch-logreopen',
] as const;

type ErrorPageName = Extract<OptionName, `error-page-${string}`>;

const errorPages = optionNames.filter((name): name is ErrorPageName =>
  name.startsWith('error-page-'),
);

/** The directory that a path is in. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1)).replace(/(.)\/$/, '$1');
}

/** Whether a path is the directory or in it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** Where the application runs. */
export function directoryOf({ settings, startDirectory }: Reading): string {
  return absolute(settings.chdir, startDirectory);
}

/** All of them, in the order of what is read, written and listened on. */
export function usedPaths(reading: Reading): readonly UsedPath[] {
  return [...read(reading), ...written(reading), ...sockets(reading)];
}

/** Why a path that names a stream of the service cannot be written to; undefined for others. */
export function streamRefusal({
  path,
  option,
}: UsedPath): { readonly why: string; readonly advice: string } | undefined {
  if (!/^\/(dev\/(stdout|stderr|fd\/)|proc\/)/.test(path)) return undefined;
  return {
    why: 'in a unit it is the socket of the journal, which cannot be opened',
    advice: `leave ${option} away: the log goes to the journal`,
  };
}

/** The interpreter of a virtual environment: a link, which may lead anywhere. */
export function interpreterPath(reading: Reading): readonly UsedPath[] {
  const { settings, given } = reading;
  if (settings.home === '') return [];
  const path = absolute(`${settings.home}/bin/python3`, directoryOf(reading));
  return [{ path, option: 'home', place: given.get('home') ?? '', use: 'read' }];
}

function read(reading: Reading): UsedPath[] {
  const { settings, given } = reading;
  const base = directoryOf(reading);
  const used = (option: OptionName, path: string, place = given.get(option) ?? ''): UsedPath[] =>
    path === '' ? [] : [{ path: absolute(path, base), option, place, use: 'read' }];
  const afterEquals = (text: string): string => text.slice(text.indexOf('=') + 1);
  const programs = settings.mount.filter(({ text }) => /\/|\.py$/.test(afterEquals(text)));
  const imported = ['import', 'shared-import', 'pymodule-alias', 'post-pymodule-alias'] as const;
  const imports = imported.flatMap((option) =>
    settings[option]
      .map(({ text, origin }) => ({ option, origin, text: afterEquals(text) }))
      .filter(({ text }) => /\/|\.py$/.test(text)),
  );
  return [
    ...(settings.chdir === '' ? [] : used('chdir', base)),
    ...used('chdir2', settings.chdir2),
    ...used('home', settings.home),
    ...used('python', settings.python.includes('/') ? settings.python : ''),
    ...used('wsgi-file', settings['wsgi-file']),
    ...used('paste', pasteFile(settings.paste)),
    ...imports.flatMap(({ option, text, origin }) => used(option, text, origin)),
    ...programs.flatMap(({ text, origin }) => used('mount', afterEquals(text), origin)),
    ...pathLists.flatMap((option) =>
      settings[option].flatMap(({ text, origin }) => used(option, afterEquals(text), origin)),
    ),
    ...errorPages.flatMap((option) => used(option, settings[option])),
  ];
}

/** Pidfiles and logs; `daemonize` is not done by a unit. */
function written(reading: Reading): UsedPath[] {
  const { settings, given, startDirectory } = reading;
  const before = ['pidfile', 'safe-pidfile', 'logto', 'logto2'] as const;
  const after = ['pidfile2', 'safe-pidfile2'] as const;
  const from = (option: (typeof before | typeof after)[number], base: string): UsedPath[] => {
    const place = given.get(option) ?? '';
    const path = settings[option];
    return path === '' ? [] : [{ path: absolute(path, base), option, place, use: 'write' }];
  };
  const control = settings['control-socket'];
  return [
    ...before.flatMap((option) => from(option, startDirectory)),
    ...after.flatMap((option) => from(option, directoryOf(reading))),
    ...loggerFiles(reading),
    ...(['', 'off'].includes(control)
      ? []
      : [
          {
            path: absolute(control, startDirectory),
            option: 'control-socket',
            place: given.get('control-socket') ?? '',
            use: 'socket',
          } as const,
        ]),
    ...settings['master-fifo'].map(
      ({ text, origin }) =>
        ({
          path: absolute(text, directoryOf(reading)),
          option: 'master-fifo',
          place: origin,
          use: 'socket',
        }) as const,
    ),
  ];
}

/** Files of loggers, which the log writer opens from the directory of the application. */
function loggerFiles(reading: Reading): UsedPath[] {
  const base = directoryOf(reading);
  return (['logger', 'req-logger'] as const).flatMap((option) =>
    reading.settings[option].flatMap(({ text, origin }) => {
      const read = readLogger(text);
      if (!read.ok || read.logger.target.kind !== 'file') return [];
      const path = absolute(read.logger.target.path, base);
      return [{ path, option, place: origin, use: 'write' } as const];
    }),
  );
}

function sockets(reading: Reading): UsedPath[] {
  const base = directoryOf(reading);
  return listenerOptions.flatMap((option) =>
    reading.settings[option].flatMap(({ text, origin }) => {
      const address = readAddress(text);
      if (address.kind !== 'address' || address.address.kind !== 'path') return [];
      const path = absolute(address.address.path, base);
      return [{ path, option, place: origin, use: 'socket' } as const];
    }),
  );
}
