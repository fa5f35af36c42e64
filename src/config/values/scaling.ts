/** The name of what decides about the number of workers, as it was written. */

const names = ['spare', 'spare2', 'backlog', 'busyness', 'manual'] as const;
export type ScalingAlgorithm = (typeof names)[number];

/** A comment behind it is left out, as backlog2 is backlog; undefined: there is no such one. */
export function scalingAlgorithm(text: string): ScalingAlgorithm | undefined {
  const [word = ''] = text.trim().split(/\s/);
  return names.find((name) => name === (word === 'backlog2' ? 'backlog' : word));
}
