/**
 * PURE. Encoders: what `log-encoder` and `log-req-encoder` make of a line, as in uWSGI.
 *
 * `name[:logger] argument`; with a logger it is for that one only. They work one after the other on
 * the line without its newline; at the end each message has one again. So a format needs no `nl`,
 * and no suffix begins a second line.
 */

import { inJsonString } from '../log-format.ts';
import { timeFormatter } from '../log-times.ts';

export interface EncoderText {
  readonly kind: EncoderKind;
  /** The name of the logger that it is for; '' for all. */
  readonly logger: string;
  readonly argument: string;
}

export type EncoderKind = 'format' | 'json' | 'nl' | 'prefix' | 'suffix';

export type ReadEncoder =
  | { readonly ok: true; readonly encoder: EncoderText }
  | { readonly ok: false; readonly problem: string; readonly isOfUwsgi: boolean };

/** A line without its newline, as latin-1; `nowMs`: since 1970. */
export type Encoder = (line: string, nowMs: number) => string;

export const encoderKinds: readonly EncoderKind[] = ['format', 'json', 'nl', 'prefix', 'suffix'];
const ofUwsgi = new Set(['gzip', 'compress', 'crypto', 'msgpack']);

/** Reads a value of `log-encoder`. */
export function readEncoder(value: string): ReadEncoder {
  const space = value.indexOf(' ');
  const head = space < 0 ? value : value.slice(0, space);
  const [name = '', logger = ''] = head.split(':');
  const kind = encoderKinds.find((each) => each === name);
  if (kind === undefined) {
    const isOfUwsgi = ofUwsgi.has(name);
    const problem = isOfUwsgi
      ? `Reeve does not have the encoder "${name}"`
      : `there is no encoder "${name}"`;
    return { ok: false, problem, isOfUwsgi };
  }
  return { ok: true, encoder: { kind, logger, argument: space < 0 ? '' : value.slice(space + 1) } };
}

/** One after the other, those that are for the logger with this name ('' for one without). */
export function encoderFor(texts: readonly EncoderText[], name: string): Encoder | undefined {
  const chain = texts
    .filter(({ logger }) => logger === '' || logger === name)
    .map((text) => makers[text.kind](text.argument));
  if (chain.length === 0) return undefined;
  return (line, nowMs) => chain.reduce((done, encode) => encode(done, nowMs), line);
}

const makers: Readonly<Record<EncoderKind, (argument: string) => Encoder>> = {
  format: (argument) => template(argument, (value) => value),
  json: (argument) => template(argument, inJsonString),
  // Each message ends with one newline.
  nl: () => (line) => line,
  prefix: (argument) => (line) => `${bytesOf(argument)}${line}`,
  suffix: (argument) => (line) => `${line}${bytesOf(argument)}`,
};

/** `${msg}`, `${msgnl}`, `${unix}`, `${micros}`, `${millis}` and `${strftime:FORMAT}` in a text. */
function template(argument: string, escape: (value: string) => string): Encoder {
  // With a group in the pattern, split gives text and names in turn.
  const parts = argument.split(/\$\{([^}]*)\}/).map((part, index): string | Encoder => {
    return index % 2 === 0 ? bytesOf(part) : variable(part, escape);
  });
  return (line, nowMs) =>
    parts.map((part) => (typeof part === 'string' ? part : part(line, nowMs))).join('');
}

function variable(name: string, escape: (value: string) => string): string | Encoder {
  if (name.startsWith('strftime:')) {
    const write = timeFormatter(name.slice('strftime:'.length));
    return (_line, nowMs) => escape(bytesOf(write(new Date(nowMs))));
  }
  switch (name) {
    case 'msg':
      return (line) => escape(line);
    case 'msgnl':
      return (line) => escape(`${line}\n`);
    case 'unix':
      return (_line, nowMs) => String(Math.floor(nowMs / 1000));
    case 'millis':
      return (_line, nowMs) => String(Math.floor(nowMs));
    case 'micros':
      return (_line, nowMs) => String(Math.floor(nowMs * 1000));
    default:
      return ''; // As in uWSGI.
  }
}

/** Names in `${…}` that no encoder fills; for a finding. */
export function unknownNames(argument: string): readonly string[] {
  const names = argument.split(/\$\{([^}]*)\}/).filter((_, index) => index % 2 === 1);
  const known = ['msg', 'msgnl', 'unix', 'micros', 'millis'];
  return names.filter((name) => !known.includes(name) && !name.startsWith('strftime:'));
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
