/** When a client may ask for a static file again: the value of Expires (pure). */

import { readPattern } from '../../base/pattern.ts';
import type { ExpiresRule } from '../../protocol/response-settings.ts';

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
