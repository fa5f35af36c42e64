/**
 * Makes one listener of our own: opened anew, or taken up from where systemd kept it.
 */
import { readFileSync } from 'node:fs';

import { OperatorError } from '../../base/operator-error.ts';
import { addressText } from '../../config/values/addresses.ts';
import type { Address } from '../../config/values/addresses.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { fileOf } from './inherited.ts';
import type { Listener, ListenerRequest, ListenerTerms } from './listeners.ts';
import { openListener } from './open.ts';
import type { PassedSocket } from './passed-socket.ts';
import { whereOf } from './resolve-listeners.ts';

/** As uWSGI says it for a socket without a port. */
const PORT_OF_UNIX_SOCKET = '80';

/** The kernel cuts a longer backlog without a word; we say so. */
export function allowedBacklog(backlog: number): { backlog: number; warnings: string[] } {
  const limit = kernelLimit();
  if (backlog <= limit) return { backlog, warnings: [] };
  const sentence =
    `listen = ${backlog} is more than the kernel allows: ${limit} are used; ` +
    `raise net.core.somaxconn for more`;
  return { backlog: limit, warnings: [sentence] };
}

/** Without /proc/sys (ProcSubset=pid in a unit) nobody can tell, and the kernel cuts in silence. */
function kernelLimit(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'latin1'));
  } catch {
    return Infinity;
  }
}

/** Opens one anew. */
export function openOne(
  request: ListenerRequest,
  address: Address,
  terms: ListenerTerms,
): Listener {
  const { fd, port, file } = openListener(address, terms, whereOf(request));
  return { ...request, fd, address, ...named(address, port), file, ...ours(terms.backlog) };
}

/** One of our own that systemd kept. */
export function takenUp(
  request: ListenerRequest,
  address: Address,
  { fd, facts }: PassedSocket,
  backlog: number,
): Listener {
  const port = facts.address.kind === 'tcp' ? facts.address.port : undefined;
  return {
    ...request,
    fd,
    address,
    ...named(address, port),
    file: fileOf(address),
    ...ours(backlog),
  };
}

function ours(backlog: number): Pick<Listener, 'keeper' | 'backlog'> {
  return { keeper: 'reeve', backlog };
}

function named(address: Address, port: number | undefined): Pick<Listener, 'bound' | 'serverPort'> {
  const real = address.kind === 'tcp' && port !== undefined ? { ...address, port } : address;
  const serverPort = port === undefined ? PORT_OF_UNIX_SOCKET : String(port);
  return { bound: addressText(real), serverPort };
}

/** An ini without a listener, to which nothing was passed. */
export function nothingToListenOn(): OperatorError {
  const what = 'there is nothing to listen on';
  const advice = 'name an address, as in `http = :8000`';
  return new OperatorError({ what, advice, exitCode: exitCodes.config });
}
