/**
 * What the options of the log ask for, and will not get.
 */

import {
  isLogFormatName,
  logFormatNames,
  metricsInFormat,
  METRIC_PREFIX,
  partsOfLogFormat,
  VARIABLE_PREFIX,
} from '../../tables/log-format.ts';
import { didYouMean, nearest } from '../reading/nearest.ts';
import { note, warning } from './rule.ts';

import { parseMetric } from '../../tables/shared/metric-terms.ts';
import type { Settings } from '../../tables/options/options.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Facts, Rule } from './rule.ts';

/** Names of log-format that only the application can give a value: a warning where one is meant. */
export const logFormats: Rule = ({ settings, given }) => {
  const format = settings['log-format'];
  if (format === '') return [];
  const place = given.get('log-format') ?? '';
  if (settings['log-json']) {
    const sentence = 'log-format has no effect with log-json, whose request lines have all fields';
    return [note(place, sentence)];
  }
  const parts = partsOfLogFormat(format);
  const names = new Set(parts.filter((_, index) => index % 2 === 1));
  const texts = parts.filter((_, index) => index % 2 === 0);
  return [
    ...[...names].filter(isUnknown).map((name) => onName(name, place)),
    ...metricsInFormat(format).flatMap((name) => onMetric(name, settings, place)),
    ...texts.flatMap((text) => onText(text, place)),
  ];
};

function isUnknown(name: string): boolean {
  if (name.startsWith(VARIABLE_PREFIX)) return name.length === VARIABLE_PREFIX.length;
  if (name.startsWith(METRIC_PREFIX)) return false;
  return !isLogFormatName(name);
}

function onName(name: string, place: string): Diagnostic {
  const sentence =
    `log-format has no field %(${name}): the log will have - in its place, but for requests in which ` +
    `the application calls uwsgi.set_logvar("${name}", …)`;
  const near = nearest(name, logFormatNames);
  const instead = isVariable(name) ? `write %(var.${name})` : undefined;
  const meant = near === undefined ? undefined : didYouMean(`%(${near})`);
  const advice = instead ?? meant;
  if (advice === undefined) return note(place, sentence);
  return warning(place, sentence, advice);
}

/** As metric_get reads it: a metric of the option, or one of workers. */
function onMetric(name: string, settings: Settings, place: string): readonly Diagnostic[] {
  const ofOption = settings.metric.some(({ text }) => {
    const parsed = parseMetric(text);
    return parsed.ok && parsed.terms.name === name;
  });
  if (ofOption || (settings['enable-metrics'] && /^worker\.\d+\.\w+$/.test(name))) return [];
  const sentence = `log-format names the metric "${name}", which there is not: the log will have 0`;
  return [warning(place, sentence, `write metric = ${name}`)];
}

/** HTTP_X_FORWARDED_FOR: a variable without `var.` before it. */
function isVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(name);
}

/** What looks like a field, and is text: the brackets are others, or one is missing. */
function onText(text: string, place: string): readonly Diagnostic[] {
  const found = /%(?:\([^)]*$|\{[^}]*\}\w?)/.exec(text)?.[0];
  if (found === undefined) return [];
  const sentence = `log-format has "${found}", which is logged as it stands`;
  return [warning(place, sentence, 'a field is written %(name)')];
}

/** A log file that a unit does not write; `unit`: blog, or reeve@blog. */
export function unwrittenLogs(
  { settings, given }: Pick<Facts, 'settings' | 'given'>,
  unit: string,
): readonly Diagnostic[] {
  if (settings.logto !== '' || settings.logto2 !== '') return [];
  return (['daemonize', 'daemonize2'] as const).flatMap((option) => {
    const file = settings[option];
    if (file === '') return [];
    const sentence =
      `${option} = ${file}: ${unit} logs to the journal and not to this file, as systemd runs it ` +
      'in the background';
    const advice = `read it with \`journalctl -u ${unit}\`, or write logto = ${file} for a log file`;
    return [warning(given.get(option) ?? '', sentence, advice)];
  });
}
