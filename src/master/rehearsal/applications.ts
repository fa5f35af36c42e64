/**
 * Whether the applications, programs of mules, and the library for servers of Redis are there:
 * their interpreter is asked, and runs none of their code.
 */
import { spawnSync } from 'node:child_process';

import { OperatorError } from '../../base/operator-error.ts';
import type { ApplicationSource, ImportSource } from '../../protocol/spawner-settings.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { Written } from '../../tables/kinds.ts';
import type { Settings } from '../../tables/options/options.ts';
import { programs } from '../start/programs.ts';
import type { Shortfall } from './shortfall.ts';
import type { StoreInUse } from './stores.ts';

export interface ApplicationSearch {
  readonly python: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: Pick<Settings, 'pythonpath' | 'chdir' | 'need-app'>;
  readonly applications: readonly ApplicationSource[];
  /** Modules that a start needs beside them. */
  readonly aliases: readonly ImportSource[];
  /** Programs of mules, as they are written. */
  readonly mules: readonly Written[];
  readonly stores: readonly StoreInUse[];
}

/** An interpreter on a slow disk takes seconds; one that takes longer tells nothing. */
const limitMs = 30_000;
/** Of the answer: after the streams. */
const ANSWER_FD = 3;

const startsAgain = 'the mule is started again and again, with pauses';
const withoutAll = 'as need-app = false asks, every request is answered 500';
const withoutIt = 'as need-app = false asks, its requests are answered 500, and the others serve';
const startElsewhere = 'start it in the directory of the application, or name that by chdir';

/** Those that are not there, and files that are no Python. */
export function absentApplications(search: ApplicationSearch): readonly Shortfall[] {
  const { python, directory: cwd, environment: env, settings } = search;
  const served = [...search.applications, ...search.aliases.map(asApplication)];
  const applications = [...served, ...search.mules.map(programOfMule)];
  const pythonPath = settings.pythonpath.map(({ text }) => text);
  const asked = spawnSync(python, [programs().launcher, 'find-applications'], {
    cwd,
    env,
    input: JSON.stringify({
      ...{ pythonPath, applications },
      addresses: search.stores.map(({ address }) => address),
    }),
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    timeout: limitMs,
  });
  const absent = readAnswer(asked.output?.[ANSWER_FD]?.toString() ?? '');
  const indexes = new Set(absent.map(([index]) => index));
  // Without an alias none of them is imported.
  const isNoneThere =
    absent.some(([index]) => index >= search.applications.length && index < served.length) ||
    search.applications.every((_, at) => indexes.has(at));
  const without = isNoneThere ? withoutAll : withoutIt;
  return absent.map(([index, sentence]) => {
    const source = applications[index];
    if (index >= applications.length) return withoutLibrary(sentence, search);
    const where = source?.origin === '' ? undefined : source?.origin;
    const exitCode = exitCodes.noApplication;
    if (index >= served.length) {
      const refusal = new OperatorError({ what: `${sentence}; ${startsAgain}`, where, exitCode });
      return { severity: 'warning', refusal, what: `mule ${source?.name ?? ''}` };
    }
    const advice = settings.chdir === '' ? startElsewhere : undefined;
    const severity = settings['need-app'] ? 'error' : 'warning';
    const what = settings['need-app'] ? sentence : `${sentence}; ${without}`;
    const refusal = new OperatorError({ what, where, advice, exitCode });
    return { severity, refusal, what: named(source) };
  });
}

/** The start names the first address. */
function withoutLibrary(sentence: string, { stores, settings }: ApplicationSearch): Shortfall {
  const needsApp = settings['need-app'];
  const [first] = stores;
  const refusal = new OperatorError({
    what: needsApp ? sentence : `${sentence}; ${withoutAll}`,
    where: first?.origin,
    exitCode: exitCodes.noApplication,
  });
  return { severity: needsApp ? 'error' : 'warning', refusal, what: first?.what ?? '' };
}

/** As it is written in the configuration: "mount /a=shop.py". */
function named(source: ApplicationSource | undefined): string {
  if (source === undefined) return 'the application';
  const { mount, kind, name } = source;
  if (mount !== '') return `mount ${mount}=${name}`;
  return `${kind === 'file' ? 'wsgi-file' : kind} ${name}`;
}

function asApplication({ name, origin }: ImportSource): ApplicationSource {
  return { mount: '', kind: name.includes('/') ? 'file' : 'module', name, callable: '', origin };
}

function programOfMule({ text, origin }: Written): ApplicationSource {
  const isFile = text.endsWith('.py') || text.includes('/');
  const [name = '', callable = ''] = isFile ? [text] : text.split(':');
  return { mount: '', kind: isFile ? 'file' : 'module', name, callable, origin };
}

/** An interpreter that gives no answer will fail at the start in its own words. */
function readAnswer(text: string): readonly (readonly [number, string])[] {
  try {
    const answer: unknown = JSON.parse(text);
    if (!Array.isArray(answer)) return [];
    return answer
      .filter((one: unknown): one is readonly unknown[] => Array.isArray(one))
      .map(([index, sentence]) => [Number(index), String(sentence)]);
  } catch {
    return [];
  }
}
