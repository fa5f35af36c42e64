/**
 * Values of unsupported options that ask for nothing which Reeve does not do anyway, and those that
 * a start may ignore though the option can protect an application.
 */

import { judgeRoute } from './routing.ts';

import type { Judged } from '../judgement.ts';

interface ValueCase {
  readonly names: readonly string[];
  readonly value: RegExp;
  readonly judged: Judged;
}

function always(sentence: string): Judged {
  return { verdict: 'always', sentence };
}

const cases: readonly ValueCase[] = [
  {
    names: ['hook-master-start'],
    value: /^unix_signal:15\s+gracefully_kill_them_all$/,
    judged: always('SIGTERM always stops Reeve when running requests have finished'),
  },
  {
    names: ['hook-master-start'],
    value: /^unix_signal:1\s+(gracefully_reload|grace_them_all)$/,
    judged: always('SIGHUP always reloads gracefully'),
  },
];

/** What this value of an unsupported option does; undefined where its group says all. */
export function judgeUnsupportedValue(name: string, value: string): Judged | undefined {
  const found = cases.find((one) => one.names.includes(name) && one.value.test(value.trim()));
  return found?.judged ?? judgeRoute(name, value);
}
