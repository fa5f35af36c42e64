/**
 * The settings about responses, made ready for the gateway. The files that they name (pages, tables
 * of types) are read here, at start and at each reload: one that is missing is found out while the
 * old generation still serves.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

import { OperatorError } from '../../base/operator-error.ts';
import { reasonOf } from '../../base/system-error.ts';
import { readExpires } from '../../config/values/expires.ts';
import { isGatewaysOwn, readCollected, readHeader } from '../../config/values/headers.ts';
import { errorStatuses } from '../../protocol/response-settings.ts';
import type {
  ExpiresRule,
  HeaderSettings,
  OwnErrorPage,
  ResponseSettings,
  SendfileRoot,
  StaticMap,
} from '../../protocol/response-settings.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { Written } from '../../tables/kinds.ts';
import type { OptionName, Settings } from '../../tables/options/options.ts';

/** A page or a table of types is read into memory. */
const FILE_MAX_BYTES = 1024 * 1024;

export interface ResponseParts {
  readonly settings: Settings;
  readonly given: ReadonlyMap<OptionName, string>;
  /** Makes a path absolute. */
  readonly resolvePath: (path: string) => string;
}

/** Throws an OperatorError where a file cannot be read. */
export function responseSettings(parts: ResponseParts): ResponseSettings {
  const { settings, resolvePath } = parts;
  const texts = (written: readonly Written[]) => written.map(({ text }) => text);
  const paths = (written: readonly Written[]) => texts(written).map(resolvePath);
  return {
    errorPages: errorPagesOf(parts),
    sendfileRoots: settings['sendfile-root'].map(({ text }) => sendfileRootOf(text, resolvePath)),
    staticFiles: {
      maps: staticMapsOf(parts),
      safeRoots: paths(settings['static-safe']),
      indexes: texts(settings['static-index']),
      skippedEndings: texts(settings['static-skip-ext']),
      expires: expiresOf(settings),
      compressed: {
        all: settings['static-gzip-all'],
        prefixes: paths(settings['static-gzip-dir']),
        endings: texts(settings['static-gzip-ext']),
        patterns: texts(settings['static-gzip']),
      },
      mimeTypes: settings.mimefile.map(({ text, origin }) => read(resolvePath(text), origin)),
      sentBy: sentBy[settings['file-serve-mode']],
    },
    headers: headersOf(settings),
  };
}

const sentBy = {
  send: 'gateway',
  'x-accel-redirect': 'X-Accel-Redirect',
  'x-sendfile': 'X-Sendfile',
} as const;

function errorPagesOf({ settings, given, resolvePath }: ResponseParts): OwnErrorPage[] {
  return errorStatuses.flatMap((status) => {
    const name = `error-page-${status}` as const;
    const path = settings[name];
    if (path === '') return [];
    const text = read(resolvePath(path), given.get(name) ?? name);
    return [{ status, contentType: contentTypeOf(path), text }];
  });
}

function contentTypeOf(path: string): string {
  if (path.endsWith('.json')) return 'application/json';
  return `text/${path.endsWith('.txt') ? 'plain' : 'html'}; charset=utf-8`;
}

/** The rules of the configuration refuse what cannot be read. */
function headersOf(settings: Settings): HeaderSettings | null {
  const written = settings['add-header'].flatMap(({ text }) => readHeader(text) ?? []);
  const collectedBy = (option: 'collect-header' | 'pull-header') =>
    settings[option].flatMap(({ text }) => {
      const read = readCollected(text);
      return read === undefined ? [] : [{ ...read, stays: option === 'collect-header' }];
    });
  const removed = settings['del-header'].map(({ text }) => text);
  const collected = [...collectedBy('pull-header'), ...collectedBy('collect-header')];
  if (written.length + removed.length + collected.length === 0) return null;
  const isClose = ({ name, value }: { readonly name: string; readonly value: string }): boolean =>
    /^connection$/i.test(name) && /^close$/i.test(value);
  return {
    added: written.filter(({ name }) => !isGatewaysOwn(name)),
    closes: written.some(isClose),
    removed,
    collected,
  };
}

/** As in uWSGI: check-static, then static-map, then static-map2. */
function staticMapsOf({ settings, resolvePath }: ResponseParts): StaticMap[] {
  const mapped = ({ text }: Written, keepsMount: boolean): StaticMap => {
    const cut = text.indexOf('=');
    return { mount: text.slice(0, cut), root: resolvePath(text.slice(cut + 1)), keepsMount };
  };
  return [
    ...settings['check-static'].map(({ text }) => {
      return { mount: '', root: resolvePath(text), keepsMount: false };
    }),
    ...settings['static-map'].map((written) => mapped(written, false)),
    ...settings['static-map2'].map((written) => mapped(written, true)),
  ];
}

function sendfileRootOf(text: string, resolvePath: (path: string) => string): SendfileRoot {
  const cut = text.indexOf('=');
  return { prefix: text.slice(0, Math.max(cut, 0)), root: resolvePath(text.slice(cut + 1)) };
}

function expiresOf(settings: Settings): ExpiresRule[] {
  const kinds = [
    ['static-expires', 'file'],
    ['static-expires-path-info', 'path'],
    ['static-expires-uri', 'uri'],
    ['static-expires-type', 'type'],
  ] as const;
  return kinds.flatMap(([name, of]) => {
    const rules = (written: readonly Written[], since: ExpiresRule['since']): ExpiresRule[] =>
      written.flatMap(({ text }) => {
        const read = readExpires(text, of === 'type' ? 'type' : 'pattern');
        if (read.kind === 'problem') return [];
        return [{ of, since, pattern: read.pattern, seconds: read.seconds }];
      });
    return [...rules(settings[name], 'now'), ...rules(settings[`${name}-mtime`], 'modified')];
  });
}

function read(path: string, where: string): string {
  let fd: number | undefined;
  try {
    // A fifo would be waited for without end.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const file = fstatSync(fd);
    if (!file.isFile()) throw unreadable(`${path} is not a file`, where);
    if (file.size <= FILE_MAX_BYTES) return readFileSync(fd, 'utf8');
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw unreadable(`cannot read ${path}: ${reasonOf(error)}`, where);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  throw unreadable(`${path} is larger than ${FILE_MAX_BYTES} bytes`, where);
}

function unreadable(what: string, where: string): OperatorError {
  const advice = 'correct the path, or make the file readable';
  return new OperatorError({ what, where, advice, exitCode: exitCodes.config });
}
