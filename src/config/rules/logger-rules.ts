/**
 * What the options of loggers name that is not there, or cannot be done.
 */

import {
  encoderKinds,
  readEncoder,
  unknownNames,
  type EncoderText,
} from '../../log/loggers/encoders.ts';
import { loggersOf, logPlanOf, readRoute } from '../../log/loggers/log-plan.ts';
import { readPatterns } from '../../log/loggers/patterns.ts';
import { readLogger } from '../../log/loggers/target.ts';
import { error, note, warning } from './rule.ts';

import type { Settings } from '../../tables/options/options.ts';
import type { Written } from '../../tables/kinds.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Rule } from './rule.ts';

/** A logger that uWSGI does not know either ends its start, too; of a plugin it costs its lines. */
export const loggers: Rule = ({ settings }) =>
  [...settings.logger, ...settings['req-logger'], ...prefixed(settings)].flatMap(onLogger);

function prefixed(settings: Settings): readonly Written[] {
  return [
    ...settings['log-syslog'].map((each) => ({ ...each, text: `syslog:${each.text}` })),
    ...settings['log-socket'].map((each) => ({ ...each, text: `socket:${each.text}` })),
  ];
}

function onLogger({ text, origin }: Written): readonly Diagnostic[] {
  const read = readLogger(text);
  if (read.ok) return [];
  if (!read.isOfUwsgi) return [error(origin, read.problem, read.advice)];
  return [warning(origin, `${read.problem}: its lines go where the others go`, read.advice)];
}

export const encoders: Rule = ({ settings }) =>
  [...settings['log-encoder'], ...settings['log-req-encoder']].flatMap(({ text, origin }) => {
    const read = readEncoder(text);
    if (read.ok) return onEncoder(read.encoder, origin);
    const advice = `the encoders are ${encoderKinds.join(', ')}`;
    if (!read.isOfUwsgi) return [error(origin, read.problem, advice)];
    return [warning(origin, `${read.problem}: lines are not changed by it`, advice)];
  });

function onEncoder({ kind, argument }: EncoderText, origin: string): readonly Diagnostic[] {
  if (kind !== 'format' && kind !== 'json') return [];
  const empty = unknownNames(argument).map((name) => {
    const sentence = `the encoder ${kind} has no field \${${name}}: nothing stands in its place`;
    const advice = 'the fields are msg, msgnl, unix, millis, micros and strftime:FORMAT';
    return warning(origin, sentence, advice);
  });
  if (kind === 'json' || !/^\s*\{.*"\$\{msg(?:nl)?\}"/s.test(argument)) return empty;
  const sentence =
    'the encoder format does not escape what it puts in: a line with a quote makes no valid JSON';
  return [...empty, warning(origin, sentence, 'write json in place of format')];
}

const routeOptions = [
  ['log-route', 'server'],
  ['log-req-route', 'requests'],
] as const;

/** Routes need a logger, and named loggers a route. */
export const routes: Rule = ({ settings }) => {
  const plan = logPlanOf(settings);
  const used = new Set<string>();
  const findings = routeOptions.flatMap(([option, stream]) =>
    settings[option].flatMap(({ text, origin }) => {
      const route = readRoute(text);
      if (route === undefined) {
        return [warning(origin, `${option} = ${text} has no pattern, and is ignored`)];
      }
      used.add(route.logger);
      const names = (plan[stream]?.loggers ?? []).map(({ name }) => name);
      if (names.includes(route.logger)) return [];
      const sentence = `${option} names the logger "${route.logger}", which is not there: it is ignored`;
      return [warning(origin, sentence, `write logger = ${route.logger} file:PATH`)];
    }),
  );
  const unused = [...settings.logger, ...settings['req-logger']].flatMap(({ text, origin }) => {
    const read = readLogger(text);
    if (!read.ok || read.logger.name === '' || used.has(read.logger.name)) return [];
    const sentence = `the logger "${read.logger.name}" gets no lines, as no log-route names it`;
    return [warning(origin, sentence, 'without a name it would get all')];
  });
  return [...findings, ...unused];
};

/** Rotation needs a file with a name. */
export const rotation: Rule = ({ settings, given }) => {
  if (settings['log-maxsize'] === 0) return [];
  const hasFile =
    settings.logto !== '' ||
    settings.logto2 !== '' ||
    settings.daemonize !== '' ||
    settings.daemonize2 !== '' ||
    loggersOf(logPlanOf(settings)).some(({ target }) => target.kind === 'file');
  if (hasFile) return [];
  const sentence = 'log-maxsize has no effect: the log goes to no file whose name is known';
  return [note(given.get('log-maxsize') ?? '', sentence)];
};

/** Patterns that cannot be matched in linear time; these rules wait for a library to be loaded. */
export async function patternFindings(settings: Settings): Promise<readonly Diagnostic[]> {
  const routed = routeOptions.flatMap(([option]) =>
    settings[option].flatMap(({ text, origin }) => {
      const route = readRoute(text);
      return route === undefined ? [] : [{ option, origin, pattern: route.pattern }];
    }),
  );
  const plain = (['log-drain', 'log-filter'] as const).flatMap((option) =>
    settings[option].map(({ text, origin }) => ({ option, origin, pattern: text })),
  );
  const all = [...routed, ...plain];
  const read = await readPatterns(all.map(({ pattern }) => pattern));
  return all.flatMap(({ option, origin, pattern }, index) => {
    const found = read[index];
    if (found === undefined || found.ok) return [];
    const sentence = `the pattern "${pattern}" of ${option} cannot be used, and is ignored: ${found.problem}`;
    const advice =
      'patterns are matched in linear time (RE2), without backreferences and without looking ahead; ' +
      'only ^((?!X).)*$ and ^(?!X) are understood';
    return [warning(origin, sentence, advice)];
  });
}
