/**
 * What is suspicious about a value, though it can be read.
 */

import { kindOfPlugin, pluginName } from '../../tables/plugins.ts';
import { namesIn } from './expansion.ts';

import type { OptionName } from '../../tables/options/options.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Entry } from '../reading/entry.ts';

/** Values in which `${…}`, `;` and `#` have a meaning of their own. */
const freeText: ReadonlySet<OptionName> = new Set<OptionName>([
  'log-format',
  'pyargv',
  'env',
  'procname',
  'procname-master',
  'procname-prefix',
  'procname-prefix-spaced',
  'procname-append',
]);

const listeners: ReadonlySet<OptionName> = new Set<OptionName>([
  'http',
  'http-socket',
  'http11-socket',
  'socket',
  'uwsgi-socket',
]);

const inlineComment = /\s+[;#].*$/s;

/** An address keeps its port number, as uWSGI reads it, without what follows. */
export function withoutTrailingWords(name: OptionName, value: string): string {
  if (!listeners.has(name)) return value;
  return value.replace(/^(\S*:\d+)(?:\s+[;#]|;).*$/s, '$1');
}

/** The warning about a comment behind a value, which uWSGI takes for a part of it. */
function sentenceOnComment(value: string, taken: string): string {
  if (taken !== value) return `"${value}" is read as ${taken}`;
  return `a comment after a value is part of the value: "${value}"`;
}

/** Warnings about the value of an option of ours. */
export function suspicionsAbout(
  entry: Entry,
  name: OptionName,
  isText: boolean,
): readonly Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const { value, origin: place } = entry;
  if (freeText.has(name)) return warnings;
  const taken = withoutTrailingWords(name, value);
  if (isText && entry.from === 'file' && (taken !== value || inlineComment.test(value))) {
    const sentence = sentenceOnComment(value, taken);
    const isBare = value.slice(taken.length).trim() === ';';
    const advice = isBare ? 'leave the ; away' : 'put the comment on a line of its own';
    warnings.push({ severity: 'warning', place, sentence, advice });
  }
  // A shell has its own meaning for $(…) and ${…}.
  if (!/^((hook|exec)-|touch-exec$)/.test(name)) warnings.push(...leftovers(value, place));
  return warnings;
}

/** What was to be replaced, and is still there. */
function leftovers(value: string, place: string): readonly Diagnostic[] {
  const find = (sentence: string, rest: Pick<Diagnostic, 'advice' | 'absent'> = {}): Diagnostic => {
    return { severity: 'warning', place, sentence, ...rest };
  };
  const shell = [...value.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map(([written, name]) =>
    find(`${written} is left as it stands`, {
      advice: `write $(${name}) for the environment variable`,
    }),
  );
  const unset = namesIn(value, '$').map((name) =>
    find(`$(${name}) is left as it stands`, {
      advice: `set the environment variable ${name}`,
      absent: [`the variable ${name}`],
    }),
  );
  const unknown = namesIn(value, '%').map((name) =>
    find(`%(${name}) is not defined, and is left as it stands`),
  );
  return [...shell, ...unset, ...unknown];
}

/** What there is to say about a plugin that is named. */
export function findingAboutPlugin(named: string, place: string): Diagnostic {
  const plugin = pluginName(named);
  const finding = {
    severity: 'warning',
    place,
    sentence: `there is no plugin "${plugin}"`,
  } as const;
  switch (kindOfPlugin(named)) {
    case 'built-in':
      return { severity: 'debug', place, sentence: `nothing to load for plugin "${plugin}"` };
    case 'other-language':
      return { ...finding, advice: 'Reeve runs Python applications only' };
    case 'loop-engine':
      return { ...finding, advice: 'requests run in threads: set threads' };
    case 'unknown':
      return { ...finding, advice: 'plugins are not loaded' };
  }
}
