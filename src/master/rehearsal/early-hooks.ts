/**
 * Hooks that run before a start needs its files may make them: what stands in the way at a place
 * that such a hook names is no error of `reeve check`, which runs none.
 */
import { resolve } from 'node:path';

import { hooksOf, type Hook } from '../../tables/hooks/hooks.ts';
import type { Settings } from '../../tables/options/options.ts';
import type { Shortfall } from './shortfall.ts';

const early = ['asap', 'pre-jail', 'in-jail', 'as-root', 'as-user', 'pre-app'] as const;

/** PURE. The same, where a hook names the place as a warning. */
export function afterHooks(
  shortfalls: readonly Shortfall[],
  settings: Settings,
  startDirectory: string,
): readonly Shortfall[] {
  const hooks = early.flatMap((point) => hooksOf(settings, point));
  return shortfalls.map((shortfall) => {
    const hook = hooks.find((each) => names(each, shortfall, startDirectory));
    if (hook === undefined) return shortfall;
    return { ...shortfall, severity: 'warning', hook: `${hook.origin}: ${hook.shown}` };
  });
}

function names({ argument }: Hook, { refusal }: Shortfall, startDirectory: string): boolean {
  const places = argument
    .split(/[\s;&|'"]+/)
    .filter((word) => word !== '')
    .map((word) => resolve(startDirectory, word))
    .filter((path) => path !== '/' && !startDirectory.startsWith(path));
  return places.some((path) => refusal.message.includes(path));
}
