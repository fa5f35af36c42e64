/** PURE. Whether clients may be sent here, for load balancers; and whether Reeve lives at all. */
import type { GatewayStatus } from '../../protocol/control-messages.ts';
import { serving, type Fleet, type Generation } from '../../supervision/fleet.ts';

/** Why no client should be sent here, without a full stop; '' where they may. */
export function whyNotReady(fleet: Fleet): string {
  if (fleet.phase === 'ended' || fleet.phase === 'stopping') return 'it is stopping';
  if (fleet.lingersUntilMs !== undefined) return 'it stops soon (shutdown-delay)';
  if (fleet.phase === 'starting') return 'it is starting: the application is not ready yet';
  if (fleet.suspended) return 'it is suspended: requests wait until it is resumed';
  const generation = serving(fleet);
  if (generation === undefined) return 'nothing serves: another start is tried soon';
  if (!fleet.gateways.some(({ state, listening }) => state === 'up' && listening)) {
    return 'no gateway accepts clients';
  }
  return whyWithoutWorkers(generation);
}

function whyWithoutWorkers({ plan, application, isAsleep, workers }: Generation): string {
  // Static files need no worker, and a worker that sleeps is woken by a request.
  if (plan.workers === 0 || isAsleep) return '';
  if (application === 'absent') return 'the application cannot be loaded (need-app = false)';
  return workers.some(({ state, enabled }) => state === 'up' && enabled) ? '' : 'no worker serves';
}

/** Why it does not do its work; '' where it does. That this is asked shows that the master does. */
export function whyNotAlive(fleet: Fleet, reports: ReadonlyMap<number, GatewayStatus>): string {
  const deaf = fleet.gateways.find(({ state, epoch }) => state === 'up' && !reports.has(epoch));
  return deaf === undefined ? '' : `gateway ${deaf.epoch} does not answer`;
}
