/** PURE. A profile in words, as collapsed text, and as speedscope reads it. */
import type { ProfileView } from '../../protocol/stacks-view.ts';
import { functionTimes, weighedStacks, type WeighedStack } from './weighed-stacks.ts';

/** So many functions are listed in words. */
const LISTED_MAX = 25;

/** `a;b;c 12` a line, the weight in ms: what flamegraph.pl, inferno and others read. */
export function collapsed(profile: ProfileView): string {
  const lines = new Map<string, number>();
  for (const { places, micros } of weighedStacks(profile)) {
    const key = places.map(({ name }) => name.replaceAll(/[;\n]/g, ',')).join(';');
    lines.set(key, (lines.get(key) ?? 0) + micros);
  }
  return [...lines]
    .map(([key, micros]) => [key, Math.round(micros / 1000)] as const)
    .filter(([, ms]) => ms > 0)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, ms]) => `${key} ${ms}\n`)
    .join('');
}

/** A file of https://www.speedscope.app, with a profile for each process. */
export function speedscope(profile: ProfileView, title: string): string {
  const indexes = new Map<string, number>();
  const frames: { readonly name: string; readonly file: string }[] = [];
  const indexOf = ({ name, function: called, file }: WeighedStack['places'][number]): number => {
    const known = indexes.get(name);
    if (known !== undefined) return known;
    indexes.set(name, frames.length);
    return frames.push({ name: called, file }) - 1;
  };
  const byProcess = Map.groupBy(weighedStacks(profile), ({ process }) => process);
  const profiles = [...byProcess].map(([name, stacks]) => {
    const weights = stacks.map(({ micros }) => micros / 1000);
    return {
      type: 'sampled',
      name,
      unit: 'milliseconds',
      startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: stacks.map(({ places }) => places.map(indexOf)),
      weights,
    };
  });
  return `${JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: title,
    exporter: 'reeve',
    activeProfileIndex: 0,
    shared: { frames },
    profiles,
  })}\n`;
}

/** The functions that used most by themselves. */
export function functionTable(profile: ProfileView): string {
  const stacks = weighedStacks(profile);
  const all = stacks.reduce((sum, { micros }) => sum + micros, 0);
  if (all === 0) return 'no request ran, and no thread used a processor\n';
  const share = (micros: number): string => `${((micros / all) * 100).toFixed(1)} %`.padStart(8);
  const seconds = (micros: number): string => `${(micros / 1_000_000).toFixed(2)} s`.padStart(10);
  const lines = functionTimes(stacks)
    .slice(0, LISTED_MAX)
    .map(({ place, self, total }) => {
      return `${share(self)}${seconds(self)}${share(total)}${seconds(total)}  ${place.name}`;
    });
  return `${['    SELF             WITH CALLS         FUNCTION', ...lines].join('\n')}\n`;
}
