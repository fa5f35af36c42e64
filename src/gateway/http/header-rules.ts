/**
 * The headers that the configuration adds to responses, takes out of them and collects (pure).
 *
 * They are for responses of applications and for files, not for pages of ours. As in uWSGI: what
 * is taken out is not collected, and what is added is neither taken out nor collected.
 */

import type { HeaderSettings } from '../../protocol/response-settings.ts';
import type { AnswerHead } from './response-text.ts';

/** A head after the rules, and the variables that it gives. */
export interface RuledHead<Head> {
  readonly head: Head;
  /** Name, value, name, value …: the last one first. */
  readonly collected: readonly string[];
}

type Rule =
  | { readonly kind: 'remove' }
  | { readonly kind: 'pull' | 'collect'; readonly variables: readonly string[] };

export class HeaderRules {
  /** The client is told to close, as by an application that sends `Connection: close`. */
  readonly closes: boolean;
  readonly #added: string;
  readonly #addedCount: number;
  readonly #addsDate: boolean;
  readonly #rules: ReadonlyMap<string, Rule>;

  constructor(settings: HeaderSettings) {
    const { added, removed, collected } = settings;
    this.closes = settings.closes;
    this.#added = added.map(({ name, value }) => `${name}: ${value}\r\n`).join('');
    this.#addedCount = added.length;
    this.#addsDate = added.some(({ name }) => name.toLowerCase() === 'date');
    const rules = new Map<string, Rule>();
    for (const { name, variable, stays } of collected) {
      const known = rules.get(name.toLowerCase());
      const before = known === undefined || known.kind === 'remove' ? [] : known.variables;
      // One that is pulled goes no further: as in uWSGI nothing else collects it.
      if (known?.kind === 'pull' && stays) continue;
      const isPulledNow = known?.kind === 'collect' && !stays;
      const variables = isPulledNow ? [variable] : [...before, variable];
      rules.set(name.toLowerCase(), { kind: stays ? 'collect' : 'pull', variables });
    }
    for (const name of removed) rules.set(name.toLowerCase(), { kind: 'remove' });
    this.#rules = rules;
  }

  /** Applies all of them. A length stays in any case: it says where the response ends. */
  applied<Head extends AnswerHead>(head: Head): RuledHead<Head> {
    const collected: string[] = [];
    const kept = this.#rules.size === 0 ? head.lines : this.#keptOf(head.lines, collected);
    const hasDate = this.#addsDate || (head.hasDate && /^date: /im.test(kept));
    return { head: { ...head, lines: kept + this.#added, hasDate }, collected };
  }

  /** Counted as uWSGI's request line does. */
  get addedCount(): number {
    return this.#addedCount;
  }

  #keptOf(lines: string, collected: string[]): string {
    let kept = '';
    for (let at = 0, end = 0; at < lines.length; at = end) {
      end = lines.indexOf('\r\n', at) + 2;
      const colon = lines.indexOf(': ', at);
      const name = lines.slice(at, colon).toLowerCase();
      const rule = this.#rules.get(name);
      if (rule !== undefined && rule.kind !== 'remove') {
        const value = lines.slice(colon + 2, end - 2);
        for (const variable of rule.variables) collected.unshift(variable, value);
      }
      const goes = rule !== undefined && rule.kind !== 'collect' && name !== 'content-length';
      if (!goes) kept += lines.slice(at, end);
    }
    return kept;
  }
}
