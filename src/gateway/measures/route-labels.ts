/**
 * The labels that `metrics-label` gives to requests (pure): a few names for many paths, so that
 * what is counted by them stays small whatever paths clients make up.
 */

import { readPattern } from '../../base/pattern.ts';

export class RouteLabels {
  /** Each once; the first one, '', is for requests that no pattern fits. */
  readonly names: readonly string[];
  readonly #rules: readonly { readonly pattern: RegExp; readonly number: number }[];

  /** `texts` as the option has them: "LABEL PATTERN". */
  constructor(texts: readonly string[]) {
    const rules = texts.map((text) => {
      const [, name = '', pattern = ''] = /^\s*(\S+)\s+(.+)$/.exec(text) ?? [];
      return { name, pattern };
    });
    this.names = ['', ...new Set(rules.map(({ name }) => name))];
    this.#rules = rules.flatMap(({ name, pattern: text }) => {
      const pattern = readPattern(text);
      return pattern === undefined ? [] : [{ pattern, number: this.names.indexOf(name) }];
    });
  }

  /** The number of the label of the first pattern that fits a path. */
  numberOf(path: string): number {
    for (const { pattern, number } of this.#rules) if (pattern.test(path)) return number;
    return 0;
  }
}
