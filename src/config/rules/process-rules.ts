/**
 * What must hold between the settings and the process that runs: its user, and the files that say
 * which process it is.
 */

import { absolute } from '../values/absolute-path.ts';
import { error, note, warning } from './rule.ts';

import { scalingAlgorithm } from '../values/scaling.ts';

import type { OptionName } from '../../tables/options/options.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Rule } from './rule.ts';

/** Only root can become another user; in a unit that is the unit's to say. */
export const privileges: Rule = ({ settings, given, host }) => {
  if (host.uid === 0) return [];
  const own = {
    uid: [host.userName, String(host.uid)],
    gid: [host.groupName, String(host.gid)],
  };
  const others = (['uid', 'gid'] as const).filter(
    (name) => settings[name] !== '' && !own[name].includes(settings[name]),
  );
  const [first] = others;
  if (first === undefined) return [];
  const unit = /^reeve@.+\.service$/.exec(host.unit ?? '')?.[0];
  if (unit !== undefined) {
    return others.map((name) => {
      const [key, owner] = name === 'uid' ? ['User', host.userName] : ['Group', host.groupName];
      const sentence = `${name} = ${settings[name]}, but ${unit} runs as ${owner}`;
      const advice = `put ${key}=${settings[name]} below [Service] in \`systemctl edit ${unit}\``;
      return error(given.get(name) ?? '', sentence, `${advice}, or take ${name} out of the ini`);
    });
  }
  const verb = others.length === 1 ? 'is' : 'are';
  const names = others.join(' and ');
  const sentence = `${names} ${verb} ignored: only root can change that; it stays ${host.userName}`;
  return [warning(given.get(first) ?? '', sentence)];
};

/** Two locks on one file would refuse the start. */
export const pidfilesApart: Rule = ({ settings, given, host }) => {
  const names = ['pidfile', 'safe-pidfile', 'pidfile2', 'safe-pidfile2'] as const;
  const seen = new Map<string, OptionName>();
  const findings: Diagnostic[] = [];
  for (const name of names) {
    if (settings[name] === '') continue;
    const isLate = name.endsWith('2') && settings.chdir !== '';
    const from = isLate ? `${absolute(settings.chdir, host.cwd)}` : host.cwd;
    const path = host.realPath(absolute(settings[name], from));
    const other = seen.get(path);
    seen.set(path, name);
    if (other === undefined) continue;
    const sentence = `${name} and ${other} name one file, ${settings[name]}`;
    findings.push(error(given.get(name) ?? '', sentence, 'remove one of them'));
  }
  return findings;
};

/** Limits for workers that work against each other. */
export const recyclingApart: Rule = ({ settings, given }) => {
  const findings: Diagnostic[] = [];
  const place = (name: OptionName): string => given.get(name) ?? '';
  const { 'max-worker-lifetime': longest, 'min-worker-lifetime': least } = settings;
  if (longest > 0 && least >= longest) {
    const sentence = `max-worker-lifetime = ${longest} is not above min-worker-lifetime = ${least}: workers are replaced after ${longest} s, where uWSGI refuses to start`;
    findings.push(note(place('max-worker-lifetime'), sentence));
  }
  for (const measure of ['rss', 'as'] as const) {
    const [calm, evil] = [`reload-on-${measure}`, `evil-reload-on-${measure}`] as const;
    if (settings[evil] === 0 || settings[calm] < settings[evil]) continue;
    const sentence = `${evil} = ${settings[evil]} is not above ${calm} = ${settings[calm]}: workers are killed with their requests before they can be replaced`;
    findings.push(warning(place(evil), sentence, `raise ${evil}, or remove one of them`));
  }
  return findings;
};

/** The numbers of workers between which the load decides. */
export const cheaperBounds: Rule = ({ settings, given }) => {
  const { cheaper, processes, 'cheaper-algo': algorithm } = settings;
  if (cheaper === 0) return [];
  const findings: Diagnostic[] = [];
  if (cheaper >= processes) {
    const sentence = `cheaper = ${cheaper} is not below processes = ${processes}: all workers run all the time, where uWSGI refuses to start`;
    findings.push(warning(given.get('cheaper') ?? '', sentence, 'raise processes, or remove it'));
  }
  if (scalingAlgorithm(algorithm) === undefined) {
    const sentence = `cheaper-algo = ${algorithm} is none of spare, spare2, backlog, busyness, manual: spare is used`;
    findings.push(warning(given.get('cheaper-algo') ?? '', sentence));
  }
  return findings;
};
