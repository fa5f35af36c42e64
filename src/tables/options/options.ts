/**
 * Every option, once, and the type of the settings that follows from them.
 */

import { hookOptions } from '../hooks/options.ts';
import { acceptedOptions } from './accepted.ts';
import { applicationOptions } from './application.ts';
import { clientOptions } from './clients.ts';
import { httpOptions } from './http.ts';
import { identityOptions } from './identity.ts';
import { listenerOptions } from './listeners.ts';
import { loggerOptions } from './loggers.ts';
import { loggingOptions } from './logging.ts';
import { observingOptions } from './observing.ts';
import { processOptions } from './processes.ts';
import { recyclingOptions } from './recycling.ts';
import { reloadingOptions } from './reloading.ts';
import { responseOptions } from './responses.ts';
import { sharedOptions } from '../shared/options.ts';
import { titleOptions } from './titles.ts';
import { cronOptions } from '../jobs/crons.ts';
import { daemonOptions } from '../jobs/daemons.ts';
import { muleOptions } from '../jobs/mules.ts';
import { raiserOptions } from '../jobs/raisers.ts';
import { spoolerOptions } from '../jobs/spoolers.ts';
import type { Option } from '../option.ts';

export const options = {
  ...applicationOptions,
  ...processOptions,
  ...recyclingOptions,
  ...reloadingOptions,
  ...hookOptions,
  ...listenerOptions,
  ...httpOptions,
  ...clientOptions,
  ...responseOptions,
  ...sharedOptions,
  ...identityOptions,
  ...titleOptions,
  ...daemonOptions,
  ...cronOptions,
  ...muleOptions,
  ...raiserOptions,
  ...spoolerOptions,
  ...loggingOptions,
  ...observingOptions,
  ...loggerOptions,
  ...acceptedOptions,
} as const;

export type OptionName = keyof typeof options;

/** The value of every option: keys are the names as written, with dashes. */
export type Settings = {
  readonly [Name in OptionName]: (typeof options)[Name] extends Option<infer T> ? T : never;
};

/** Whether this is the name (not an alias) of an option. */
export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

/** The names in the order of the table. */
export const optionNames: readonly OptionName[] = Object.keys(options).filter(isOptionName);

/** The declaration of an option, with the type of its value left open. */
export function optionOf(name: OptionName): Option<unknown> {
  return options[name];
}

/** The options that the gateway is given: those that the table marks with `for: 'gateway'`. */
export type GatewayOptionName = {
  readonly [Name in OptionName]: (typeof options)[Name] extends { readonly for: 'gateway' }
    ? Name
    : never;
}[OptionName];

/** Their values, as the settings have them. */
export type GatewayOptions = Pick<Settings, GatewayOptionName>;

export function isGatewayOption(name: string): name is GatewayOptionName {
  return isOptionName(name) && optionOf(name).for === 'gateway';
}

export const gatewayOptionNames: readonly GatewayOptionName[] = optionNames.filter(isGatewayOption);

function hasGatewayOptions(record: object): record is GatewayOptions {
  return gatewayOptionNames.every((name) => Object.hasOwn(record, name));
}

/** The settings that the gateway is given. */
export function gatewayOptionsOf(settings: Settings): GatewayOptions {
  const picked: object = Object.fromEntries(
    gatewayOptionNames.map((name) => [name, settings[name]]),
  );
  if (!hasGatewayOptions(picked)) throw new Error('believed that the settings have every option');
  return picked;
}
