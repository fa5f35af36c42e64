/** Which static files may be sent as a compressed one that lies beside them (pure). */

import { readPattern } from '../../base/pattern.ts';
import type { StaticFileSettings } from '../../protocol/response-settings.ts';

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
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  return encodings.filter(({ name }) => (weights.get(name) ?? weights.get('*') ?? 0) > 0);
}
