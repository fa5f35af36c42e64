/** PURE. What changes in effect between two configurations, and what it takes. */

import { changes } from '../../config/changes.ts';
import { verdictWords } from '../../tables/judgement.ts';
import { optionOf } from '../../tables/options/options.ts';

import type { Loaded } from '../../config/load.ts';
import type { Change } from '../../config/changes.ts';
import type { Judgement } from '../../config/values/judgement.ts';
import type { OptionName } from '../../tables/options/options.ts';

type Side = Pick<Loaded, 'settings' | 'secrets' | 'judgements'>;

/** A line for each option whose value differs and each new line that does nothing; a last one. */
export function differencesInWords(before: Side, after: Side): string {
  const found = changes(before.settings, after.settings);
  const lines = found.flatMap((change) => linesOf(change, before, after));
  return [...lines, ...withoutEffect(before, after), closing(found)]
    .map((line) => `${line}\n`)
    .join('');
}

function linesOf({ name, onReload }: Change, before: Side, after: Side): readonly string[] {
  const { kind, section } = optionOf(name);
  const old = textsOf(name, before);
  const now = textsOf(name, after);
  const takes = section === 'accepted' ? 'always on' : `a ${onReload}`;
  if (kind.repeats) {
    const gone = old.filter((text) => !now.includes(text)).map((text) => `- ${name} = ${text}`);
    const come = now.filter((text) => !old.includes(text)).map((text) => `+ ${name} = ${text}`);
    const moved = gone.length + come.length === 0 ? [`${name}: in another order`] : [];
    return [...gone, ...come, ...moved].map((line) => `${line} (${takes})`);
  }
  const shown = (texts: readonly string[]): string => texts[0] ?? 'not given';
  return [`${name}: ${shown(old)} -> ${shown(now)} (${takes})`];
}

/** What is new in the file, and Reeve does not have or know. */
function withoutEffect(before: Side, after: Side): readonly string[] {
  const written = ({ name, value }: Judgement): string =>
    value === '' ? name : `${name} = ${value}`;
  const old = new Set(before.judgements.map(written));
  return after.judgements
    .filter(({ verdict }) => verdict === 'missing' || verdict === 'unknown')
    .filter((line) => !old.has(written(line)))
    .map((line) => {
      const { place, verdict, advice = '' } = line;
      const hint = advice === '' ? '' : `; ${advice}`;
      return `+ ${written(line)} (${place}: ${verdictWords[verdict]}, without effect${hint})`;
    });
}

function textsOf(name: OptionName, { settings, secrets }: Side): readonly string[] {
  return optionOf(name)
    .kind.format(settings[name])
    .map((text) => {
      const hidden = secrets.find((secret) => secret.name === name && secret.value === text);
      return hidden?.shown ?? text;
    });
}

function closing(found: readonly Change[]): string {
  if (found.length === 0) return 'nothing changes in effect';
  const restarts = found.filter(
    ({ name, onReload }) => onReload === 'restart' && optionOf(name).section !== 'accepted',
  );
  if (restarts.length === 0) return 'a reload is enough';
  return `a restart is needed for ${restarts.map(({ name }) => name).join(', ')}`;
}
