/**
 * The one owner of the settings that are in force, and the configurations that something still runs
 * under, each with the plan that the supervisor knows it by.
 *
 * A reload only adds its configuration. It comes into force in the step in which its generation
 * serves, and with it everything that it means for the master: what SIGTERM does, which files are
 * looked at, titles, the terms of listeners. Where the generation does not come up, nothing has
 * changed. So no other part keeps settings of its own.
 */
import { availableParallelism } from 'node:os';

import type { Plan, PlansInUse } from '../../supervision/fleet.ts';
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

  /** After each step of the supervisor: the plan of the generation that serves, if one does. */
  follow(serves: Plan | undefined): void {
    if (serves === undefined || serves.configuration === this.#inForce.number) return;
    this.#inForce = this.of(serves);
    for (const watcher of this.#watchers) watcher(this.#inForce);
  }

  /** The number that the next configuration must have. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** The newest that was read. */
  get newest(): Configuration | undefined {
    return this.#newest && this.#all.get(this.#newest.configuration);
  }

  /** The configuration that a plan was made from; throws where it was forgotten: a bug of ours. */
  of(plan: Plan): Configuration {
    const configuration = this.#all.get(plan.configuration);
    if (configuration === undefined) throw new Error(`no configuration ${plan.configuration}`);
    return configuration;
  }

  /** Takes it up and makes its plan: with the gateway of what serves, if that can serve it too. */
  adopt(
    configuration: Configuration,
    serving: Plan | undefined,
  ): { readonly plan: Plan; readonly isNewGateway: boolean } {
    const serves = serving ?? this.#newest;
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
   * Forgets what no plan needs; what only leaving generations run under keeps everything but its
   * listeners. Returns the listeners that no configuration has any more.
   */
  dropUnused({ needed, leaving }: PlansInUse): readonly Listener[] {
    const before = this.listeners();
    const isOf = (plans: readonly Plan[], number: number): boolean =>
      plans.some((plan) => plan.configuration === number);
    for (const number of this.#all.keys()) {
      if (isOf(needed, number)) continue;
      if (isOf(leaving, number)) this.#dropListeners(number);
      else this.#all.delete(number);
    }
    const kept = new Set(this.listeners().map(({ fd }) => fd));
    return before.filter(({ fd }) => !kept.has(fd));
  }

  #dropListeners(number: number): void {
    const configuration = this.#all.get(number);
    if (configuration !== undefined) this.#all.set(number, { ...configuration, listeners: [] });
  }
}
