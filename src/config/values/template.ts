/**
 * A file that a template engine was to fill in first: its findings are one sentence, as all follow
 * from that.
 */

import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Entry } from '../reading/entry.ts';

/** What engines replace: `{{ path }}`, `{% if x %}`, `<%= path %>`. */
const marker = /\{\{.*?\}\}|\{%.*?%\}|<%.*?%>/;
/** Lines for the engine alone: the file is no ini yet. */
const control = /^\s*(\{%|<%|\{#)/;

/** The findings, with those about a template's lines replaced by one. */
export function withoutTemplate(
  findings: readonly Diagnostic[],
  entries: readonly Entry[],
): readonly Diagnostic[] {
  const marked = entries.filter(({ name, value }) => marker.test(name) || marker.test(value));
  const [first] = marked;
  if (first === undefined) return findings;
  const isTemplate = entries.some(({ name }) => control.test(name));
  const places = new Set(marked.map(({ origin }) => origin));
  const isAbout = ({ place }: Diagnostic): boolean => isTemplate || places.has(place);
  const error = findings.find((finding) => finding.severity === 'error' && isAbout(finding));
  const written = marker.exec(first.name)?.[0] ?? marker.exec(first.value)?.[0] ?? '';
  const number = places.size === 1 ? '1 line waits' : `${places.size} lines wait`;
  const sentence = `${number} for a template to be filled in, such as ${written}`;
  const advice = 'check the file that comes out of it';
  const finding = { place: first.origin, sentence, advice } as const;
  const found: Diagnostic =
    error?.exitCode === undefined
      ? { severity: 'warning', ...finding }
      : { severity: 'error', ...finding, exitCode: error.exitCode };
  return [found, ...findings.filter((each) => !isAbout(each))];
}
