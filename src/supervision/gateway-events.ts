/** What a gateway says of itself, and what it is told when it has started. */
import { moveGateway } from './children.ts';
import type { Draft, SupervisionEvent } from './events.ts';
import { gatewayExited } from './exits.ts';
import { gatewayOf, type Gateway } from './fleet.ts';
import { alive } from './gateway-liveness.ts';
import { takeLoad } from './scale.ts';

export type GatewayEvent = Extract<SupervisionEvent, { readonly epoch: number }>;

export function takeGatewayEvent(draft: Draft, event: GatewayEvent): void {
  const gateway = gatewayOf(draft.fleet, event.epoch);
  if (gateway === undefined) return;
  switch (event.kind) {
    case 'gateway-exited':
      return gatewayExited(draft, gateway, event);
    case 'gateway-drained':
      gateway.drained = gateway.state === 'draining';
      return;
    case 'gateway-opened':
      gateway.listening = gateway.opened && gateway.state === 'up';
      return;
    case 'gateway-alive':
      alive(draft, gateway, event.number);
      if (event.load !== undefined) takeLoad(draft, gateway, event.load);
      return;
    case 'gateway-ready':
      moveGateway(draft, gateway, 'ready');
      gateway.refusedSinceMs = undefined;
      if (gateway.state === 'up') brief(draft, gateway);
      return;
    default:
      event satisfies never;
  }
}

/** It has started (again): it is told which workers there are, and whether it may open. */
function brief(draft: Draft, gateway: Gateway): void {
  const generations = draft.fleet.generations.filter((each) => each.plan.gateway === gateway.epoch);
  const enable = generations.flatMap((generation) =>
    generation.workers
      .filter((worker) => worker.enabled)
      .map((worker) => ({ generation: generation.number, slot: worker.slot })),
  );
  const drain = generations.flatMap((generation) =>
    generation.workers
      .filter((worker) => worker.state === 'draining')
      .map((worker) => ({ generation: generation.number, slot: worker.slot })),
  );
  const application = !generations.some(
    (generation) => generation.role === 'serving' && generation.application === 'absent',
  );
  const { epoch, opened: open } = gateway;
  const suspended = draft.fleet.suspended;
  draft.effects.push({ kind: 'brief-gateway', epoch, enable, drain, open, suspended, application });
}
