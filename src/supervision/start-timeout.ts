/**
 * Why a child has not finished its start in time (start-timeout): the application that loads
 * slowly is only one reason. A spawner may fork nothing, a function of os.register_at_fork may
 * hold up what was forked, and a gateway may not let a worker in that is ready.
 */
import type { Fault } from './child-lifecycle.ts';
import { gatewayOf, type Fleet, type Generation, type Spawner, type Worker } from './fleet.ts';
import { heldUp } from './spawner-liveness.ts';

/** What a child lacked whose time to start is over. */
export function lateStart(
  fleet: Fleet,
  generation: Generation,
  child: Spawner | Worker,
): Fault & { readonly kind: 'start-timeout' } {
  const limit = `within ${generation.plan.startTimeoutMs / 1000} s (start-timeout)`;
  return { kind: 'start-timeout', sentence: sentenceFor(fleet, generation, child, limit) };
}

function sentenceFor(
  fleet: Fleet,
  { plan }: Generation,
  child: Spawner | Worker,
  limit: string,
): string {
  if (!('slot' in child)) return `the application did not load ${limit}`;
  const { slot, pid, hasLoaded } = child;
  const name = `worker ${slot}${pid === undefined ? '' : ` (pid ${pid})`}`;
  if (pid === undefined) {
    return `${name} was not forked ${limit}: its spawner is stopped, or ${heldUp}`;
  }
  if (hasLoaded) {
    const gateway = gatewayOf(fleet, plan.gateway);
    const isDeaf = gateway?.state !== 'up' || (gateway.ping?.beats ?? 0) > 1;
    const why = isDeaf
      ? 'the gateway does not answer'
      : 'the gateway has no descriptor left for it (LimitNOFILE=, ulimit -n), or it is stopped';
    return `${name} has loaded the application, but was not connected ${limit}: ${why}`;
  }
  if (plan.loadsInWorkers) return `the application did not load ${limit}`;
  return (
    `${name} did not begin to work ${limit}: it is stopped, or the application holds it up ` +
    '(a function of os.register_at_fork, a lock that was held during the fork)'
  );
}
