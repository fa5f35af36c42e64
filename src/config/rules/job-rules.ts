/** Attached daemons and cron entries that cannot be read, or would never run. */

import { cronOptions, cronsOf, impossibleTime, longStep, readCron } from '../values/crons.ts';
import { daemonOptions, readDaemon } from '../values/daemons.ts';
import { error, warning } from './rule.ts';

import type { Rule } from './rule.ts';

export const daemons: Rule = ({ settings }) =>
  daemonOptions.flatMap((name) =>
    settings[name].flatMap((written) => {
      const read = readDaemon(name, written);
      if (read.kind === 'daemon') return [];
      return [error(written.origin, `${name}: ${read.sentence}`)];
    }),
  );

export const crons: Rule = ({ settings }) => {
  const wrong = cronOptions.flatMap((name) =>
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
