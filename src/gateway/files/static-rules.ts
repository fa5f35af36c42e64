/**
 * Rules for static files (pure): which may be sent as a compressed file that lies beside them, and
 * when a client may ask again (Expires).
 */

import { withoutBlanks } from '../http/head.ts';
import { readPattern } from '../../base/pattern.ts';
import type { ExpiresRule, StaticFileSettings } from '../../protocol/response-settings.ts';

export interface Encoding {
  readonly name: 'br' | 'gzip';
  readonly ending: '.br' | '.gz';
}

/** Smaller first. */
const encodings: readonly Encoding[] = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
];

export class CompressedFiles {
  readonly #settings: StaticFileSettings['compressed'];
  readonly #prefixes: readonly string[];
  readonly #patterns: readonly RegExp[];

  constructor(settings: StaticFileSettings['compressed']) {
    this.#settings = settings;
    this.#prefixes = settings.prefixes.map((path) => Buffer.from(path).toString('latin1'));
    this.#patterns = settings.patterns.flatMap((text) => readPattern(text) ?? []);
  }

  /** Whether a compressed one is looked for: then the answer depends on Accept-Encoding. */
  mayBe(path: string): boolean {
    return (
      this.#settings.all ||
      this.#prefixes.some((prefix) => path.startsWith(prefix)) ||
      this.#settings.endings.some((ending) => path.endsWith(ending)) ||
      this.#patterns.some((pattern) => pattern.test(path))
    );
  }
}

/** Returns the encodings that a client takes, the best first. */
export function acceptedEncodings(acceptEncoding: string): readonly Encoding[] {
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => withoutBlanks(part));
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  return encodings.filter(({ name }) => (weights.get(name) ?? weights.get('*') ?? 0) > 0);
}

/** What a file was asked for as, and is. */
export interface ServedFile {
  readonly file: string;
  readonly uri: string;
  readonly path: string;
  readonly type: string;
  readonly modifiedMs: number;
}

export class Expiry {
  readonly #rules: readonly { readonly rule: ExpiresRule; readonly pattern: RegExp | undefined }[];

  constructor(rules: readonly ExpiresRule[]) {
    this.#rules = rules.map((rule) => {
      return { rule, pattern: rule.of === 'type' ? undefined : readPattern(rule.pattern) };
    });
  }

  /** Returns the date, or undefined where no rule is for this file. */
  of(served: ServedFile, nowMs: number): string | undefined {
    for (const { rule, pattern } of this.#rules) {
      const text = served[rule.of];
      if (!(pattern === undefined ? text === rule.pattern : pattern.test(text))) continue;
      const sinceMs = rule.since === 'now' ? nowMs : served.modifiedMs;
      return new Date(sinceMs + rule.seconds * 1000).toUTCString();
    }
    return undefined;
  }
}
