/**
 * The one owner of the settings that are in force, and the configurations that something still runs
 * under, each with the plan that the supervisor knows it by.
 *
 * A reload only adds its configuration. It comes into force in the step in which its generation
 * serves, and with it everything that it means for the master: what SIGTERM does, which files are
 * looked at, titles, the terms of listeners. Where the generation does not come up, nothing has
 * changed. So nobody else may keep settings of his own.
 */
import { availableParallelism } from 'node:os';

import { generationOf, serving, type Fleet, type Plan } from '../../supervision/fleet.ts';
import type { Settings } from '../../tables/options/options.ts';
import type { Listener } from '../listeners/open.ts';
import type { Configuration } from './configuration.ts';
import { planOf } from './plan.ts';

type Watcher = (configuration: Configuration) => void;

export class Configurations {
  readonly #all = new Map<number, Configuration>();
  readonly #watchers: Watcher[] = [];
  #inForce: Configuration;
  #newest: Plan | undefined;
  #nextNumber = 1;
  #nextEpoch = 1;

  /** The first one is in force from the start. */
  constructor(first: Configuration) {
    this.#inForce = first;
  }

  /** What holds now: the configuration of the generation that serves, or served last. */
  get inForce(): Configuration {
    return this.#inForce;
  }

  get settings(): Settings {
    return this.#inForce.settings;
  }

  /** `watcher` is told of each configuration that comes into force after the first. */
  whenInForce(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** After each step of the supervisor: what serves now is in force. */
  follow(fleet: Fleet): void {
    const number = serving(fleet)?.plan.configuration;
    if (number === undefined || number === this.#inForce.number) return;
    const configuration = this.#all.get(number);
    if (configuration === undefined) throw new Error(`what serves has no configuration ${number}`);
    this.#inForce = configuration;
    for (const watcher of this.#watchers) watcher(configuration);
  }

  /** The number that the next configuration must have. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** The newest that was read. */
  get newest(): Configuration | undefined {
    return this.#newest && this.#all.get(this.#newest.configuration);
  }

  /** What a generation runs under; a bug of ours when it has nothing. */
  of(
    fleet: Fleet,
    generation: number,
  ): { readonly plan: Plan; readonly configuration: Configuration } {
    const plan = generationOf(fleet, generation)?.plan;
    const configuration = plan && this.#all.get(plan.configuration);
    if (plan === undefined || configuration === undefined) {
      throw new Error(`generation ${generation} has no configuration`);
    }
    return { plan, configuration };
  }

  /** Takes it up and makes its plan: with the gateway that serves now, if that can serve it. */
  adopt(configuration: Configuration, fleet: Fleet): { plan: Plan; isNewGateway: boolean } {
    const serves = serving(fleet)?.plan ?? this.#newest;
    const isNewGateway =
      serves === undefined ||
      this.#all.get(serves.configuration)?.gatewayIdentity !== configuration.gatewayIdentity;
    const gateway = isNewGateway ? this.#nextEpoch : serves.gateway;
    if (isNewGateway) this.#nextEpoch += 1;
    this.#all.set(configuration.number, configuration);
    this.#nextNumber = configuration.number + 1;
    const plan = planOf({
      settings: configuration.settings,
      configuration: configuration.number,
      gateway,
      applications: configuration.applications.length,
      cores: availableParallelism(),
    });
    this.#newest = plan;
    return { plan, isNewGateway };
  }

  /** Every listener that is open, whether it is used or about to be. */
  listeners(): readonly Listener[] {
    const all = [...this.#all.values()].flatMap((each) => [...each.listeners]);
    return [...new Map(all.map((listener) => [listener.fd, listener])).values()];
  }

  /** Gives up every listener, and returns them to be closed. */
  takeListeners(): readonly Listener[] {
    const taken = this.listeners();
    for (const number of this.#all.keys()) this.#dropListeners(number);
    return taken;
  }

  /**
   * Forgets what neither serves, comes up nor waits to. Returns the listeners that only it had, and
   * the gateways that are still needed.
   */
  dropUnused(fleet: Fleet): {
    readonly listeners: readonly Listener[];
    readonly neededGateways: ReadonlySet<number>;
  } {
    const plans = [
      ...fleet.generations.filter((each) => each.role !== 'leaving').map((each) => each.plan),
      ...(fleet.pendingReload === undefined ? [] : [fleet.pendingReload]),
      ...(serving(fleet) === undefined && fleet.lastPlan !== undefined ? [fleet.lastPlan] : []),
    ];
    const before = this.listeners();
    const needed = new Set(plans.map((plan) => plan.configuration));
    const leaving = new Set(fleet.generations.map((each) => each.plan.configuration));
    for (const number of this.#all.keys()) {
      if (needed.has(number)) continue;
      if (leaving.has(number)) this.#dropListeners(number);
      else this.#all.delete(number);
    }
    const kept = new Set(this.listeners().map(({ fd }) => fd));
    return {
      listeners: before.filter(({ fd }) => !kept.has(fd)),
      neededGateways: new Set([
        ...fleet.gateways.map((each) => each.epoch),
        ...plans.map((each) => each.gateway),
      ]),
    };
  }

  #dropListeners(number: number): void {
    const configuration = this.#all.get(number);
    if (configuration !== undefined) this.#all.set(number, { ...configuration, listeners: [] });
  }
}
