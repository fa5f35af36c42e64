/**
 * A server for each listener: which protocol it speaks, what limits its clients, and what is said
 * of those that it refuses.
 */

import type { Socket } from 'node:net';

import type { Logger } from '../../log/logger.ts';
import type { GatewayListener, GatewaySettings } from '../../protocol/control-messages.ts';
import type { Admission } from './admission.ts';
import type { ClientConnection } from './client-connection.ts';
import { clientLimits, shortestOf } from './limits.ts';
import { ClientServer } from './server.ts';
import { HttpConnection } from './http-connection.ts';
import type { Reception } from '../exchange/router.ts';
import { LogThrottle } from '../../log/throttle.ts';
import { UwsgiConnection } from './uwsgi-connection.ts';
import type { UwsgiEvents } from './uwsgi-connection.ts';

/** Returns the servers, in the order of the listeners; they accept when they are opened. */
export function createServers(parts: {
  readonly settings: GatewaySettings;
  readonly reception: Reception;
  readonly admission: Admission;
  readonly log: Logger;
}): readonly ClientServer[] {
  const { settings, reception, admission, log } = parts;
  const tooLarge = headRefusals(settings.options['buffer-size'], log);
  const unread = new LogThrottle();
  const refused = (status: number, reason: string, client: ClientConnection): void => {
    const fields = { status, address: client.address };
    if (status === 431 || status === 414) return tooLarge();
    const count = unread.count(performance.now());
    const others = count > 1 ? ` (${count} times)` : '';
    const sentence = `a request was answered ${status}: ${reason}${others}`;
    if (count > 0) log.info('request.refused', { ...fields, count }, sentence);
  };
  return settings.listeners.map((listener) => {
    const limits = clientLimits(settings.options, listener);
    const shortestLimitMs = shortestOf(limits);
    if (listener.protocol === 'http') {
      const request = reception.receive.bind(reception, listener);
      const connect = (socket: Socket) => new HttpConnection(socket, limits, { request, refused });
      return new ClientServer({ listener, admission, shortestLimitMs, connect });
    }
    const events = {
      request: reception.receiveFromPeer.bind(reception, listener),
      refused: packetRefusals(listener, log, tooLarge),
    };
    const connect = (socket: Socket) => new UwsgiConnection(socket, limits, events);
    return new ClientServer({ listener, admission, shortestLimitMs, connect });
  });
}

/** One whose cookies have grown too large comes again and again. */
function headRefusals(bytes: number, log: Logger): () => void {
  const seldom = new LogThrottle();
  return () => {
    const count = seldom.count(performance.now());
    if (count === 0) return;
    const what = count === 1 ? 'a request was' : `${count} requests were`;
    const sentence = `${what} answered 431 or 414: the head is larger than buffer-size = ${bytes}`;
    log.warn('request.too-large', { option: 'buffer-size', bytes, count }, sentence);
  };
}

/** A client of another protocol is the operator's mistake: said once. */
function packetRefusals(
  { option, name }: GatewayListener,
  log: Logger,
  tooLarge: () => void,
): UwsgiEvents['refused'] {
  let isSaid = false;
  return (reason, detail) => {
    if (reason === 'size') return tooLarge();
    if (reason === 'packet') {
      const sentence = `a packet on ${option} = ${name} was refused: ${detail}`;
      return log.debug('packet.refused', { option, name }, sentence);
    }
    if (isSaid) return;
    isSaid = true;
    const sentence =
      `an HTTP client spoke to ${option} = ${name}, which speaks the uwsgi protocol: ` +
      'use http-socket for it, or uwsgi_pass in nginx';
    log.warn('packet.http', { option, name }, sentence);
  };
}
