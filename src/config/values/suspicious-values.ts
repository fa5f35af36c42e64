/**
 * What is suspicious about a value, though it can be read.
 */

import { kindOfPlugin, pluginName } from '../../tables/plugins.ts';

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
  const variable = /\$\{([A-Za-z_]\w*)\}/.exec(value);
  if (variable !== null) {
    const sentence = `${variable[0]} is left as it stands`;
    const advice = `write $(${variable[1]}) for the environment variable`;
    warnings.push({ severity: 'warning', place, sentence, advice });
  }
  const unset = /\$\(([^)]*)\)/.exec(value);
  if (unset !== null) {
    const sentence = `${unset[0]} is left as it stands`;
    const advice = `set the environment variable ${unset[1]}`;
    warnings.push({ severity: 'warning', place, sentence, advice });
  }
  const unknown = /%\(([^)]*)\)/.exec(value);
  if (unknown !== null) {
    const sentence = `${unknown[0]} is not defined, and is left as it stands`;
    warnings.push({ severity: 'warning', place, sentence });
  }
  if (/\{\{.*\}\}/.test(value)) {
    const sentence = `"${value}" looks like a template that was not filled in`;
    warnings.push({ severity: 'warning', place, sentence });
  }
  return warnings;
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
