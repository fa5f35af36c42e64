/** Daemons, cron entries, farms and signals that cannot be read, or would never run. */

import { cronOptions, cronsOf, impossibleTime, longStep, readCron } from '../values/crons.ts';
import { daemonOptions, readDaemon } from '../values/daemons.ts';
import { readFarm } from '../../tables/jobs/farm-terms.ts';
import { fileOptions, readFile, readTimer, timerOptions } from '../../tables/jobs/raisers.ts';
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

export const farms: Rule = ({ settings }) => {
  const mules = settings.mule.length + settings.mules;
  const seen = new Set<string>();
  return settings.farm.flatMap(({ text, origin }) => {
    const read = readFarm(text, mules);
    if (!read.ok) return [error(origin, `farm ${text}: ${read.sentence}`)];
    const { name } = read.farm;
    if (seen.has(name)) return [error(origin, `farm ${text}: there is a farm ${name} already`)];
    seen.add(name);
    return [];
  });
};

export const raisers: Rule = ({ settings }) => {
  const problems = (
    option: (typeof timerOptions | typeof fileOptions)[number],
    read: typeof readTimer | typeof readFile,
  ) =>
    settings[option].flatMap(({ text, origin }) => {
      const result = read(text);
      return result.ok ? [] : [error(origin, `${option} = ${text}: ${result.sentence}`)];
    });
  return [
    ...timerOptions.flatMap((option) => problems(option, readTimer)),
    ...fileOptions.flatMap((option) => problems(option, readFile)),
  ];
};
