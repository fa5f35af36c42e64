/** The settings of a gateway of which a test changes only what it is about. */

import type { GatewaySettings } from '../../../src/protocol/control-messages.ts';
import type { ResponseSettings } from '../../../src/protocol/response-settings.ts';

export const defaultResponses = {
  bufferingBytes: 1_073_741_824,
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

export const defaultSettings = {
  type: 'settings',
  backlog: 100,
  title: 'reeve http 1',
  mounts: [''],
  manageScriptName: false,
  responses: defaultResponses,
  harakiri: 0,
  maxRequests: 0,
  maxRequestsDelta: 0,
  minWorkerLifetime: 0,
  httpTimeout: 60,
  socketTimeout: 60,
  keepAlive: 1,
  bufferSize: 65536,
  limitPost: 0,
  postBuffering: 0,
  requestBuffering: true,
  headerTimeout: 30,
  bodyTimeout: 0,
  maxConnections: 0,
  maxConnectionsPerAddress: 0,
  trustedProxies: [],
  queueMax: 1000,
  aheadMax: 31,
  accessLog: {
    enabled: true,
    format: '',
    json: false,
    only4xx: false,
    only5xx: false,
    slowMs: 0,
    xForwardedFor: false,
  },
  log: { json: false, file: '', level: 'info', app: 'test' },
} as const satisfies Omit<GatewaySettings, 'listeners' | 'channelFd'>;
