/**
 * What an internal routing rule of uWSGI does, and whether an application would be less safe
 * without it.
 */

import type { Judged } from '../judgement.ts';

const routeName = /^(final-|error-|response-)?route(-|$)/;

/** Actions that change the log, names and the flow of the rules, and no response. */
const harmless: Readonly<Record<string, string>> = {
  donotlog: 'the log has these requests as well',
  log: 'the line is not logged',
  logvar: 'the variable is not set for log-format',
  continue: 'the application answers, as it would here',
  last: 'the application answers, as it would here',
  goon: 'the application answers, as it would here',
  harakiri: 'these requests have the time limit of all: harakiri',
  setprocname: 'processes keep their names',
  alarm: 'nothing is alarmed',
  donotoffload: 'files are always sent by the gateway',
  donotharakiri: 'these requests have the time limit of all: harakiri',
};

/** The action of a rule: `donotlog` of `^/health donotlog:`; '' where none can be made out. */
function actionOf(name: string, value: string): string {
  if (name.endsWith('route-label')) return 'continue';
  const words = value.trim().split(/\s+/);
  const rest = name.endsWith('route-run') ? words : words.slice(1);
  const action = rest.find((word) => /^[a-z][\w-]*:/i.test(word));
  return action?.slice(0, action.indexOf(':')).toLowerCase() ?? '';
}

/** Rules that a start may ignore; undefined for other options, and for rules that protect. */
export function judgeRoute(name: string, value: string): Judged | undefined {
  if (!routeName.test(name)) return undefined;
  const sentence = harmless[actionOf(name, value)];
  if (sentence === undefined) return undefined;
  const advice = 'rules of routing are not supported';
  return { verdict: 'missing', sentence, advice };
}
