/**
 * The kinds of value an option can have: how a text is read, and written back.
 *
 * Texts are read as uWSGI reads them: numbers by their leading digits, switches as on unless the
 * text is one of four words. Where the operator probably meant something else, a remark says so.
 */

/** One element of a list option, with the place it was written at: `app.ini:4` or `--http`. */
export interface Written {
  readonly text: string;
  readonly origin: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly remark?: string }
  | { readonly ok: false; readonly problem: string };

export type Argument = 'none' | 'required' | 'optional';

export interface Kind<T> {
  /** The word that stands for the value in help texts; empty for a switch. */
  readonly placeholder: string;
  /** On the command line; in a file every option may have a value. */
  readonly argument: Argument;
  /** Names the value that is missing, as in "an address such as :8000". */
  readonly needs: string;
  /** Whether the value is free text, in which ` ; words` is probably a comment by mistake. */
  readonly isText: boolean;
  /** Whether repeated entries add up; otherwise the last one wins. */
  readonly repeats: boolean;
  /** Reads one entry. */
  parse(text: string, origin: string): Parsed<T>;
  /** The value after more entries, in their order. */
  join(before: T, entries: readonly T[]): T;
  /** The texts of the entries that would give this value. */
  format(value: T): readonly string[];
}

const offWords = new Set(['false', 'off', 'no', '0']);
const onWords = new Set(['true', 'on', 'yes', '1', '']);

/** The `join` of what is written once: the last one counts. */
export function takeLast<T>(before: T, entries: readonly T[]): T {
  return entries.reduce((_earlier, entry) => entry, before);
}

function readSwitch(text: string): Parsed<boolean> {
  const word = text.toLowerCase();
  if (offWords.has(word)) return { ok: true, value: false };
  if (onWords.has(word)) return { ok: true, value: true };
  const remark = `"${text}" means on: only false, off, no and 0 mean off`;
  return { ok: true, value: true, remark };
}

/** On or off. */
export function onOff(argument: Argument = 'none'): Kind<boolean> {
  return {
    placeholder: '',
    argument,
    needs: 'true or false',
    isText: false,
    repeats: false,
    parse: readSwitch,
    join: takeLast,
    format: (value) => [String(value)],
  };
}

/** On, off, or not given (undefined). */
export function onOffUnset(): Kind<boolean | undefined> {
  return {
    ...onOff(),
    parse: readSwitch,
    join: takeLast,
    format: (value) => (value === undefined ? [] : [String(value)]),
  };
}

/** The largest value that makes sense. */
export interface UpperBound {
  readonly max: number;
  /** Why no more: the end of the sentence "9 is more than 8: …". */
  readonly why: string;
}

export interface IntegerLimits extends UpperBound {
  readonly placeholder: string;
  readonly min?: number;
}

export const yearSeconds: UpperBound = { max: 31_536_000, why: 'that is a year' };
/** For times after which a timer is started anew, and for what an operator waits for. */
export const daySeconds: UpperBound = { max: 86_400, why: 'that is a day' };
/** Of processes: also what `reeve scale` takes. */
export const workersBound: UpperBound = {
  max: 1_000,
  why: 'no machine runs so many; more requests at a time need more threads',
};
/** For sizes of what lies in files. */
export const diskBytes: UpperBound = {
  max: 1_125_899_906_842_624,
  why: 'that is 1 PiB, more than a disk holds',
};

/**
 * The gateway has a connection to each thread, and knows what each of them does. With 5000 Reeve
 * starts in 2 s and stops in as many on two cores; with 10 000 it does not come up in minutes.
 */
const THREADS_IN_ALL_MAX = 5_000;

/** Why there cannot be so many threads in all workers together; undefined where there can. */
export function threadsRefusal(slots: {
  readonly processes: number;
  readonly threads: number;
}): string | undefined {
  const { processes, threads } = slots;
  if (processes * threads <= THREADS_IN_ALL_MAX) return undefined;
  return (
    `processes = ${processes} and threads = ${threads} are ${processes * threads} threads, more than ` +
    `${THREADS_IN_ALL_MAX}: the gateway has a connection to each`
  );
}

const DIGITS_SHOWN_MAX = 40;

function readInteger(text: string, limits: IntegerLimits): Parsed<number> {
  const match = /^\s*\+?(\d+)(.*)$/s.exec(text);
  if (match === null) {
    const word = text.toLowerCase();
    if (word !== '' && (onWords.has(word) || offWords.has(word))) {
      return { ok: true, value: 0, remark: `"${text}" is not a number: read as 0` };
    }
    if (/^\s*-\d/.test(text)) return { ok: false, problem: `"${text}" is below 0` };
    return { ok: false, problem: `"${text}" is not a number` };
  }
  const [, digits = '', rest = ''] = match;
  const value = Number(digits);
  const { min = 0, max, why } = limits;
  // The digits are shown as they were written: a number would lose the last of many.
  const shown = digits.length > DIGITS_SHOWN_MAX ? `${digits.slice(0, DIGITS_SHOWN_MAX)}…` : digits;
  if (value > max) return { ok: false, problem: `${shown} is more than ${max}: ${why}` };
  if (value < min) {
    return { ok: true, value: min, remark: `${digits} is too small: ${min} is used` };
  }
  if (rest.trim() === '') return { ok: true, value };
  return { ok: true, value, remark: `"${text}" is read as ${value}` };
}

/** A whole number of at least 0, or of at least `min`, and of at most `max`. */
export function integer(limits: IntegerLimits): Kind<number> {
  return {
    placeholder: limits.placeholder,
    argument: 'required',
    needs: 'a number',
    isText: false,
    repeats: false,
    parse: (text) => readInteger(text, limits),
    join: takeLast,
    format: (value) => [String(value)],
  };
}

/** The same where the numbers of repeated entries add up. */
export function sum(limits: IntegerLimits): Kind<number> {
  const join: Kind<number>['join'] = (before, entries) =>
    entries.reduce((sum, entry) => sum + entry, before);
  return { ...integer(limits), repeats: true, join };
}

/** A nice value, which may be below 0. */
export function niceness(): Kind<number> {
  const limits = { placeholder: 'NUMBER', max: 19, why: 'that is the most modest one' };
  return {
    ...integer(limits),
    needs: 'a number from -20 to 19',
    parse(text) {
      const below = /^\s*-(\d+)/.exec(text)?.[1];
      if (below === undefined) return readInteger(text, limits);
      const read = readInteger(text.replace('-', ''), { ...limits, max: Infinity });
      if (Number(below) > 20) return { ok: false, problem: `-${below} is less than -20` };
      return read.ok ? { ...read, value: -read.value } : read;
    },
  };
}

/** Whole seconds, at most a year or what the bound says. */
export function seconds(bound = yearSeconds): Kind<number> {
  return { ...integer({ placeholder: 'SECONDS', ...bound }), needs: 'a number of seconds' };
}

/** Bytes. */
export function bytes(limits: Omit<IntegerLimits, 'placeholder'>): Kind<number> {
  return { ...integer({ placeholder: 'BYTES', ...limits }), needs: 'a number of bytes' };
}

/** Mebibytes of memory, as uWSGI's "megabytes" are. */
export function megabytes(): Kind<number> {
  const bound = { max: 1_073_741_824, why: 'no machine has so much memory' };
  return { ...integer({ placeholder: 'MEGABYTES', ...bound }), needs: 'a number of megabytes' };
}

/** A number, or on (1) or off (0). */
export function onOffOrInteger(limits: IntegerLimits, argument: Argument): Kind<number> {
  return {
    ...integer(limits),
    argument,
    needs: 'a number, or true or false',
    parse(text) {
      const word = text.toLowerCase();
      if (onWords.has(word)) return { ok: true, value: 1 };
      return offWords.has(word) ? { ok: true, value: 0 } : readInteger(text, limits);
    },
  };
}

/** File permissions in octal digits, or not given (undefined). An empty text means `whenEmpty`. */
export function permissions(whenEmpty: number | undefined): Kind<number | undefined> {
  return {
    placeholder: 'MODE',
    argument: whenEmpty === undefined ? 'required' : 'optional',
    needs: 'octal digits such as 660',
    isText: false,
    repeats: false,
    parse(text) {
      if (whenEmpty !== undefined && onWords.has(text.toLowerCase())) {
        return { ok: true, value: whenEmpty };
      }
      const match = /^0?([0-7]{1,3})(?![0-9])(.*)$/s.exec(text.trim());
      if (match === null) return { ok: false, problem: `"${text}" is not a mode such as 660` };
      const value = Number.parseInt(match[1] ?? '', 8);
      if ((match[2] ?? '').trim() === '') return { ok: true, value };
      return { ok: true, value, remark: `"${text}" is read as ${match[1]}` };
    },
    join: takeLast,
    format: (value) => (value === undefined ? [] : [value.toString(8).padStart(3, '0')]),
  };
}
