/** The settings of a gateway of which a test changes only what it is about. */

import { resolve } from '../../../src/config/values/resolve.ts';
import type { GatewaySettings } from '../../../src/protocol/control-messages.ts';
import type { ResponseSettings } from '../../../src/protocol/response-settings.ts';
import { gatewayOptionsOf, isGatewayOption } from '../../../src/tables/options/options.ts';
import type { GatewayOptions } from '../../../src/tables/options/options.ts';

export const defaultResponses = {
  headers: null,
  errorPages: [],
  sendfileRoots: [],
  staticFiles: {
    maps: [],
    safeRoots: [],
    indexes: [],
    skippedEndings: [],
    expires: [],
    compressed: { all: false, prefixes: [], endings: [], patterns: [] },
    mimeTypes: [],
    sentBy: 'gateway',
  },
} as const satisfies ResponseSettings;

/** The same, with files below a directory under a path. */
export function staticResponses(
  maps: readonly { readonly mount: string; readonly root: string }[],
  more: Partial<ResponseSettings['staticFiles']> = {},
): ResponseSettings {
  const mapped = maps.map((map) => ({ ...map, keepsMount: false }));
  const staticFiles = { ...defaultResponses.staticFiles, maps: mapped, ...more };
  return { ...defaultResponses, staticFiles };
}

/** Every option has its default, but workers may retire at once. */
export const defaultSettings = {
  type: 'settings',
  options: {
    ...gatewayOptionsOf(resolve([], new Set(), 2).settings),
    'min-worker-lifetime': 0,
  },
  title: 'reeve http 1',
  mounts: [''],
  responses: defaultResponses,
  spoolDirectories: ['/tmp'],
  logFile: '',
  app: 'test',
} as const satisfies Omit<GatewaySettings, 'listeners' | 'channelFd'>;

/** What a test changes: options by their names, and what the master sends beside them. */
export type ChangedSettings = Partial<GatewayOptions> & Partial<Omit<GatewaySettings, 'options'>>;

/** The settings with these changes. */
export function settingsWith(changed: ChangedSettings): typeof defaultSettings & ChangedSettings {
  const isOption = ([name]: readonly [string, unknown]) => isGatewayOption(name);
  const options = {
    ...defaultSettings.options,
    ...Object.fromEntries(Object.entries(changed).filter(isOption)),
  };
  const others = Object.fromEntries(Object.entries(changed).filter((entry) => !isOption(entry)));
  return { ...defaultSettings, ...others, options };
}
