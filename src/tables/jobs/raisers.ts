/**
 * Options that raise signals of the application (uwsgi.register_signal) by themselves, and what
 * their values mean.
 */

import { option } from '../option.ts';
import { list } from '../text-kinds.ts';

const fileDetails =
  'The application registers the handler: uwsgi.register_signal(), or @signal(NUMBER). Of a directory ' +
  'counts what it holds. Files are looked at once a second.';

export const raiserOptions = {
  timer: option({
    section: 'jobs',
    kind: list('NUMBER SECONDS', 'a number of a signal and seconds'),
    default: [],
    summary: 'raise this signal of the application every so many seconds (repeatable)',
    details: 'The application registers the handler: uwsgi.register_signal(), or @signal(NUMBER).',
    aliases: ['signal-timer'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  rbtimer: option({
    section: 'jobs',
    kind: list('NUMBER SECONDS', 'a number of a signal and seconds'),
    default: [],
    summary: 'the same as timer (repeatable)',
    aliases: ['signal-rbtimer'],
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'touch-signal': option({
    section: 'jobs',
    kind: list('FILE NUMBER', 'a path and the number of a signal'),
    default: [],
    summary: 'raise this signal of the application when the file changes (repeatable)',
    details: fileDetails,
    onReload: 'reload',
    uwsgi: 'same',
  }),
  'fs-signal': option({
    section: 'jobs',
    kind: list('FILE NUMBER', 'a path and the number of a signal'),
    default: [],
    summary: 'the same as touch-signal (repeatable)',
    onReload: 'reload',
    uwsgi: 'same',
  }),
};

export const timerOptions = ['timer', 'rbtimer'] as const;
export const fileOptions = ['touch-signal', 'fs-signal'] as const;

export type Read<Terms> =
  | { readonly ok: true; readonly terms: Terms }
  | { readonly ok: false; readonly sentence: string };

export interface TimerTerms {
  readonly number: number;
  readonly seconds: number;
}

export interface FileTerms {
  readonly path: string;
  readonly number: number;
}

const NUMBER_MAX = 255;
const badNumber = `the number of a signal is between 0 and ${NUMBER_MAX}`;

/** Reads "17 30". */
export function readTimer(text: string): Read<TimerTerms> {
  const [, first, second] = /^\s*([0-9]{1,9})\s+([0-9]{1,9})\s*$/.exec(text) ?? [];
  const terms = { number: Number(first), seconds: Number(second) };
  if (first === undefined || terms.seconds === 0) {
    return { ok: false, sentence: 'it needs the number of a signal and seconds: 17 30' };
  }
  return terms.number > NUMBER_MAX ? { ok: false, sentence: badNumber } : { ok: true, terms };
}

/** Reads "/path/of/a file 17". */
export function readFile(text: string): Read<FileTerms> {
  const [, path = '', number] = /^\s*(\S.*?)\s+([0-9]{1,9})\s*$/.exec(text) ?? [];
  if (number === undefined) {
    return { ok: false, sentence: 'it needs a path and the number of a signal: /srv/prices 17' };
  }
  const terms = { path, number: Number(number) };
  return terms.number > NUMBER_MAX ? { ok: false, sentence: badNumber } : { ok: true, terms };
}
