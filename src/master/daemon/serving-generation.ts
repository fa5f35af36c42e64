/** Who can be sent signals of the application: the generation that serves. */
import { gatewayOf, serving, type Fleet } from '../../supervision/fleet.ts';
import type { ServingGeneration } from '../jobs/signals.ts';
import type { Configurations } from '../settings/configurations.ts';
import { farmsOf } from '../settings/job-settings.ts';

export function servingGeneration(
  fleet: Fleet,
  configurations: Configurations,
): ServingGeneration | undefined {
  const generation = serving(fleet);
  if (generation === undefined) return undefined;
  const { number, workers, plan } = generation;
  const isUp = gatewayOf(fleet, plan.gateway)?.state === 'up';
  const count = (wanted: string): number => plan.jobs.filter(({ kind }) => kind === wanted).length;
  const farms = farmsOf(configurations.of(plan).settings).map(({ name }) => name);
  return {
    ...{ number, workers, gatewayEpoch: isUp ? plan.gateway : undefined },
    others: { mules: count('mule'), spoolers: count('spooler'), farms },
  };
}
