/** The settings of a gateway of which a test changes only what it is about. */

import type { GatewaySettings } from '../../../src/protocol/control-messages.ts';

export const defaultSettings = {
  type: 'settings',
  backlog: 100,
  title: 'reeve http 1',
  mounts: [''],
  manageScriptName: false,
  staticMaps: [],
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
  queueMax: 1000,
  aheadMax: 3,
  accessLog: {
    enabled: true,
    format: '',
    json: false,
    only4xx: false,
    only5xx: false,
    slowMs: 0,
    xForwardedFor: false,
  },
  log: { json: false, file: '', level: 'info' },
} as const satisfies Omit<GatewaySettings, 'listeners' | 'channelFd'>;
