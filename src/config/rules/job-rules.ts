/** Attached daemons and cron entries that cannot be read, or would never run. */

import { cronsOf, impossibleTime, longStep, readCron } from '../values/crons.ts';
import { readDaemon } from '../values/daemons.ts';
import { error, warning } from './rule.ts';

import type { Rule } from './rule.ts';

export const daemons: Rule = ({ settings }) => {
  const names = [
    'attach-daemon',
    'attach-control-daemon',
    'attach-daemon2',
    'smart-attach-daemon',
    'smart-attach-daemon2',
  ] as const;
  return names.flatMap((name) =>
    settings[name].flatMap((written) => {
      const read = readDaemon(name, written);
      if (read.kind === 'daemon') return [];
      return [error(written.origin, `${name}: ${read.sentence}`)];
    }),
  );
};

export const crons: Rule = ({ settings }) => {
  const wrong = (['cron', 'unique-cron', 'cron2'] as const).flatMap((name) =>
    settings[name].flatMap((written) => {
      const read = readCron(name, written, 0);
      if (read.kind === 'cron') return [];
      return [error(written.origin, `${name}: ${read.sentence}`)];
    }),
  );
  const odd = cronsOf(settings).flatMap(({ times, origin, command }) => {
    const impossible = impossibleTime(times);
    if (impossible !== undefined) {
      return [warning(origin, `"${command}" never runs, as in uWSGI: ${impossible}`)];
    }
    const long = longStep(times);
    return long === undefined ? [] : [warning(origin, long)];
  });
  return [...wrong, ...odd];
};
