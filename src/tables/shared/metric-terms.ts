/** PURE. The value of `metric`, as uWSGI has it: a name, or `name=orders,initial_value=10`. */

import type { Kind, Written } from '../kinds.ts';
import { keyValueList, pairsOf } from './key-values.ts';

export interface MetricTerms {
  readonly name: string;
  readonly initial: number;
  readonly type: 'counter' | 'gauge' | 'absolute';
  readonly oid: string;
}

export type ParsedMetric =
  | { readonly ok: true; readonly terms: MetricTerms }
  | { readonly ok: false; readonly problem: string };

const NAME_BYTES_MAX = 200;
const plain = new Set(['name', 'oid', 'type', 'initial_value', 'freq']);
/** uWSGI fills such metrics by itself. */
const collected = new Set([
  ...['alias', 'collector', 'arg1', 'arg2', 'arg3', 'arg1n', 'arg2n', 'arg3n', 'children'],
  'reset_after_push',
]);

/** Reads a value of `metric`. */
export function parseMetric(text: string): ParsedMetric {
  const pairs = text.includes('=') ? pairsOf(text) : new Map([['name', text.trim()]]);
  const stranger = [...pairs.keys()].find((key) => !plain.has(key) && !collected.has(key));
  if (stranger !== undefined) return wrong(`a metric has no key "${stranger}"`);
  const name = pairs.get('name') ?? '';
  if (name === '') return wrong('it has no name=');
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) return wrong('its name is longer than 200 bytes');
  const initial = pairs.get('initial_value') ?? '0';
  if (!/^-?\d{1,15}$/.test(initial)) return wrong(`initial_value=${initial} is not a number`);
  const given = pairs.get('type');
  // As in uWSGI, what it does not know is a counter.
  const type = given === 'gauge' || given === 'absolute' ? given : 'counter';
  return { ok: true, terms: { name, initial: Number(initial), type, oid: pairs.get('oid') ?? '' } };
}

/** Whether uWSGI would fill the metric by itself, which is not done. */
export function isCollected(text: string): boolean {
  return text.includes('=') && [...pairsOf(text).keys()].some((key) => collected.has(key));
}

function wrong(problem: string): ParsedMetric {
  return { ok: false, problem };
}

/** The kind of `metric`. */
export function metricKind(): Kind<readonly Written[]> {
  return keyValueList('NAME|KEY=VALUE,…', 'a metric such as orders, or name=orders', (text) => {
    const parsed = parseMetric(text);
    return parsed.ok ? undefined : parsed.problem;
  });
}
