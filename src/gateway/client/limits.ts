/** What limits the clients of a listener, and how they are answered (pure). */

import type { GatewayListener, GatewaySettings } from '../../protocol/control-messages.ts';

import type { ClientTerms } from './turn.ts';

export interface ClientLimits {
  /** ms that a client may be silent while it is its turn; 0 = any time. */
  readonly silenceMaxMs: number;
  /** ms that a connection may rest between two requests; 0 = any time. */
  readonly keepAliveMs: number | 'off';
  /** ms that the whole head of a request may take; 0 = any time. */
  readonly headMaxMs: number;
  /** The largest head of a request, or block of a uwsgi packet. */
  readonly headMaxBytes: number;
}

type Limiting = Pick<
  GatewaySettings['options'],
  | 'http-timeout'
  | 'socket-timeout'
  | 'header-timeout'
  | 'http-headers-timeout'
  | 'http-keepalive'
  | 'buffer-size'
>;

/** Returns the limits of a listener: `http` has http-timeout, and every other socket-timeout. */
export function clientLimits(
  options: Limiting,
  listener: Pick<GatewayListener, 'option'>,
): ClientLimits {
  const { 'http-timeout': httpTimeout, 'http-keepalive': keepAlive } = options;
  const silence = listener.option === 'http' ? httpTimeout : options['socket-timeout'];
  const silenceMaxMs = silence * 1000;
  const ofHttp = listener.option === 'http' ? options['http-headers-timeout'] : 0;
  const headTimes =
    ofHttp > 0
      ? [ofHttp * 1000]
      : [silenceMaxMs, options['header-timeout'] * 1000].filter((ms) => ms > 0);
  return {
    silenceMaxMs,
    // A head that comes in pieces may be silent for no longer than its whole time.
    headMaxMs: headTimes.length === 0 ? 0 : Math.min(...headTimes),
    // http-keepalive = 1 switches it on, for http-timeout.
    keepAliveMs: keepAlive === 0 ? 'off' : (keepAlive === 1 ? httpTimeout : keepAlive) * 1000,
    headMaxBytes: options['buffer-size'],
  };
}

/** Returns how a listener's clients are answered. As in uWSGI a packet's answer ends with EOF. */
export function termsOf(
  { keepAliveMs }: ClientLimits,
  protocol: ClientTerms['protocol'],
): ClientTerms {
  const keepsAlive = protocol === 'http' && keepAliveMs !== 'off';
  const isHinted = keepsAlive && keepAliveMs >= 1000;
  const keepAliveHint = isHinted ? `timeout=${Math.floor(keepAliveMs / 1000)}` : '';
  return { protocol, keepsAlive, keepAliveHint };
}

/** The shortest time after which a client may be late; 0 = none ever is. */
export function shortestOf({ silenceMaxMs, headMaxMs, keepAliveMs }: ClientLimits): number {
  const limits = [silenceMaxMs, headMaxMs, keepAliveMs === 'off' ? 0 : keepAliveMs];
  const set = limits.filter((ms) => ms > 0);
  return set.length === 0 ? 0 : Math.min(...set);
}
