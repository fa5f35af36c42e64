/**
 * A server for each listener: which protocol it speaks, what limits its clients, and what is said
 * of those that it refuses.
 */

import type { Logger } from '../log/logger.ts';
import type { GatewayListener, GatewaySettings } from '../protocol/control-messages.ts';
import type { ClientConnection } from './client-connection.ts';
import { HttpServer } from './http-server.ts';
import type { ProtocolServer } from './protocol-server.ts';
import type { Reception } from './reception.ts';
import { UwsgiServer } from './uwsgi-server.ts';

const HEAD_MIN_BYTES = 64 * 1024;

/** Returns the servers, in the order of the listeners; they accept when they are opened. */
export function createServers(
  settings: GatewaySettings,
  reception: Reception,
  log: Logger,
): readonly ProtocolServer[] {
  const limits = {
    silenceMaxMs: settings.httpTimeout * 1000,
    keepAliveMs: (settings.keepAlive || settings.httpTimeout) * 1000,
    headMaxBytes: Math.max(HEAD_MIN_BYTES, settings.bufferSize),
  };
  const refused = (status: number, reason: string, client: ClientConnection): void => {
    const fields = { status, address: client.address };
    log.debug('request.refused', fields, `a request was refused: ${reason}`);
  };
  return settings.listeners.map((listener) =>
    listener.protocol === 'http'
      ? new HttpServer(listener, limits, { request: reception.receive.bind(reception), refused })
      : new UwsgiServer(listener, limits, {
          request: reception.receiveFromPeer.bind(reception, listener),
          refused: packetRefusals(listener, log),
        }),
  );
}

/** A client of another protocol is the operator's mistake: said once. */
function packetRefusals(
  { option, name }: GatewayListener,
  log: Logger,
): (reason: 'http' | 'packet', detail: string) => void {
  let isSaid = false;
  return (reason, detail) => {
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
