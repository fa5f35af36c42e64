/** What limits the clients of a listener, whatever their protocol (pure). */

import type { GatewayListener, GatewaySettings } from '../protocol/control-messages.ts';

export interface ClientLimits {
  /** ms that a client may be silent while it is its turn; 0 = any time. */
  readonly silenceMaxMs: number;
  /** ms that a connection may rest between two requests; 0 = any time. */
  readonly keepAliveMs: number | 'off';
  /** The largest head of a request, or block of a uwsgi packet. */
  readonly headMaxBytes: number;
}

type Limiting = Pick<GatewaySettings, 'httpTimeout' | 'socketTimeout' | 'keepAlive' | 'bufferSize'>;

/** Returns the limits of a listener: `http` has http-timeout, and every other socket-timeout. */
export function clientLimits(
  settings: Limiting,
  listener: Pick<GatewayListener, 'option'>,
): ClientLimits {
  const { httpTimeout, socketTimeout, keepAlive } = settings;
  return {
    silenceMaxMs: (listener.option === 'http' ? httpTimeout : socketTimeout) * 1000,
    keepAliveMs: keepAlive === 0 ? 'off' : (keepAlive === 1 ? httpTimeout : keepAlive) * 1000,
    headMaxBytes: settings.bufferSize,
  };
}
