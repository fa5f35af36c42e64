/**
 * One listener of ours: newly opened, its file made safe, or taken from where systemd kept it;
 * or the reason why not.
 *
 * A unix socket's file is made with its final mode, so that it is never open to too many users.
 */
import { closeSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';

import {
  boundPort,
  openTcpListener,
  openUnixListener,
  probeUnixSocket,
  setSocketOptions,
  tryAbstractName,
  tryTcpAddress,
} from '../../base/sockets/listening-sockets.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { ownInstance, ownUnit } from '../../base/own-unit.ts';
import {
  bindSocketFile,
  changeSocketFile,
  removeSocketFile,
  type FileIdentity,
} from '../../base/sockets/socket-file.ts';
import {
  cannotMake,
  errnoNumberOf,
  errorCodeOf,
  exitCodeFor,
  isForbidden,
  reasonOf,
  UntrustedPathError,
} from '../../base/system-error.ts';
import { SystemCallError } from '../../base/libc.ts';
import { atPlace, demandWritable, type Place } from '../../base/files/trusted-path.ts';
import { mayGiveNewFile } from '../start/privileges.ts';
import { addressText } from '../../config/values/addresses.ts';
import type { Address } from '../../config/values/addresses.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { fileOf } from './inherited.ts';
import type { PassedSocket } from './passed-socket.ts';
import { portOwner } from './port-owner.ts';
import { whereOf, type ListenerRequest, type ListenerTerms } from './wanted.ts';

/** A listener that is open, and the terms that hold for it: a socket unit's has its own backlog. */
export interface Listener extends ListenerRequest, ListenerTerms {
  readonly fd: number;
  readonly address: Address;
  /** The address that it really has: the port in place of 0. */
  readonly bound: string;
  /** What applications see as SERVER_PORT. */
  readonly serverPort: string;
  /** Of a unix socket's file: it is ours to unlink only while it is this one. */
  readonly file: FileIdentity | undefined;
  /** Whose socket it is: one of a socket unit is never unlinked, given a mode, or given up. */
  readonly keeper: 'reeve' | 'systemd';
}

interface Bound {
  readonly fd: number;
  /** Of a TCP listener: what the kernel chose in place of 0, else what was asked for. */
  readonly port: number | undefined;
  readonly file: FileIdentity | undefined;
}

/** uWSGI's SERVER_PORT for a socket without a port. */
const PORT_OF_UNIX_SOCKET = '80';

const UNPRIVILEGED_PORT_MIN = 1024;

/** The kernel cuts a longer backlog without a message; we warn. */
export function allowedBacklog(backlog: number): { backlog: number; warnings: string[] } {
  const limit = kernelLimit();
  if (backlog <= limit) return { backlog, warnings: [] };
  const sentence =
    `listen = ${backlog} is more than the kernel allows: ${limit} are used; ` +
    `raise net.core.somaxconn for more`;
  return { backlog: limit, warnings: [sentence] };
}

/** Without /proc/sys (ProcSubset=pid in a unit) the limit is unknown. */
function kernelLimit(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'latin1'));
  } catch {
    return Infinity;
  }
}

/** Opens a new one. */
export function openOne(
  request: ListenerRequest,
  address: Address,
  terms: ListenerTerms,
): Listener {
  const { fd, port, file } = bind(address, terms, whereOf(request));
  return { ...request, fd, address, ...named(address, port), file, keeper: 'reeve', ...terms };
}

/** One of our own that systemd kept. */
export function takenUp(
  request: ListenerRequest,
  address: Address,
  { fd, facts }: PassedSocket,
  terms: ListenerTerms,
): Listener {
  const port = facts.address.kind === 'tcp' ? facts.address.port : undefined;
  return {
    ...request,
    fd,
    address,
    ...named(address, port),
    file: fileOf(address),
    keeper: 'reeve',
    ...terms,
  };
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

/** Binds it; `where` begins the sentence of the OperatorError that it may throw. */
function bind(address: Address, terms: ListenerTerms, where: string): Bound {
  try {
    switch (address.kind) {
      case 'tcp': {
        const fd = openTcpListener(address, terms.backlog, terms.socket);
        return { fd, port: boundPort(fd), file: undefined };
      }
      case 'abstract': {
        const fd = openUnixListener({ kind: 'abstract', name: address.name }, terms.backlog);
        if (terms.socket !== undefined) setSocketOptions(fd, terms.socket, 'unix');
        return { fd, port: undefined, file: undefined };
      }
      case 'path':
        return openPath(address.path, terms, where);
      default:
        return address satisfies never;
    }
  } catch (error) {
    throw explained(error, address, where);
  }
}

/** Throws what `openOne` would throw, and leaves everything as it is. */
export function tryOne(request: ListenerRequest, address: Address, terms: ListenerTerms): void {
  const where = whereOf(request);
  try {
    if (address.kind === 'tcp') tryTcpAddress(address, terms.socket);
    else if (address.kind === 'abstract') tryAbstractName(address.name);
    else tryPath(address.path, terms, where);
  } catch (error) {
    throw explained(error, address, where);
  }
}

function tryPath(path: string, { user, owner }: ListenerTerms, where: string): void {
  atPlace(path, { lastLink: 'kept', user }, (place) => {
    oldSocket(path, place, where);
    demandWritable(place);
  });
  if (owner === undefined || mayGiveNewFile(owner)) return;
  throw cannotGive(path, new SystemCallError('chown', constants.errno.EPERM), 'chown-socket');
}

function openPath(path: string, terms: ListenerTerms, where: string): Bound {
  const umask = process.umask();
  // The mode is set by the umask, so that it holds from the first moment.
  if (terms.mode !== undefined) process.umask(0o777 & ~terms.mode);
  try {
    const { user } = terms;
    const makeRoom = (place: Place): void => removeStaleSocket(path, place, where);
    const bound = bindSocketFile({ path, user }, terms.backlog, makeRoom);
    try {
      if (terms.socket !== undefined) setSocketOptions(bound.fd, terms.socket, 'unix');
      changeSocketFile({ path, user }, bound.file, { mode: undefined, owner: terms.owner });
      return { ...bound, port: undefined };
    } catch (error) {
      closeSync(bound.fd);
      removeSocketFile({ path, user }, bound.file);
      throw cannotGive(path, error, 'chown-socket');
    }
  } finally {
    process.umask(umask);
  }
}

/** Only root may give a file away; uWSGI ends there too. */
export function cannotGive(path: string, error: unknown, where: string): OperatorError {
  const what = `the socket ${path} cannot be given its owner or mode: ${reasonOf(error)}`;
  const advice = isForbidden(error)
    ? 'leave chown-socket away, or start as root'
    : 'correct chown-socket or chmod-socket';
  const exitCode = exitCodeFor(error, exitCodes.cannotCreate);
  return new OperatorError({ what, where, advice, exitCode });
}

/** Makes room for a socket: only a socket without a listener is removed. */
function removeStaleSocket(path: string, place: Place, where: string): void {
  if (oldSocket(path, place, where) === 'stale') unlinkSync(place.path);
}

function oldSocket(path: string, place: Place, where: string): 'stale' | 'absent' {
  const found = lstatSync(place.path, { throwIfNoEntry: false });
  if (found === undefined) return 'absent';
  if (!found.isSocket()) {
    const what = `${path} exists and is not a socket`;
    const advice = 'remove it, or choose another path';
    throw new OperatorError({ what, where, advice, exitCode: exitCodes.cannotCreate });
  }
  if (probeUnixSocket({ kind: 'path', name: path }) === 'alive') {
    const what = `${path} is in use: another server answers there`;
    const advice = 'stop it first, or choose another path';
    const errno = constants.errno.EADDRINUSE;
    throw new OperatorError({ what, where, advice, exitCode: exitCodes.unavailable, errno });
  }
  return 'stale';
}

/** The sentence for what the kernel refused; what is no refusal of its stays as it is. */
function explained(error: unknown, address: Address, where: string): unknown {
  const text = addressText(address);
  if (error instanceof UntrustedPathError)
    return cannotMake(`the socket ${text}`, error, { where });
  if (error instanceof OperatorError || errorCodeOf(error) === undefined) return error;
  const errno = errnoNumberOf(error);
  if (errorCodeOf(error) === 'EADDRINUSE') {
    const owner = address.kind === 'tcp' ? portOwner(address.port) : undefined;
    const isOwn = owner?.pid === process.pid;
    const who = isOwn ? 'this instance itself' : `${owner?.name ?? ''} (pid ${owner?.pid ?? ''})`;
    const what = `the address ${text} is in use${owner === undefined ? '' : ` by ${who}`}`;
    const advice = isOwn
      ? 'another line has that port, or had it before this reload: choose another, or restart'
      : 'stop that process, or choose another address';
    return new OperatorError({ what, where, advice, exitCode: exitCodes.unavailable, errno });
  }
  if (errorCodeOf(error) === 'EADDRNOTAVAIL') {
    const what = `cannot listen on ${text}: this machine does not have that address`;
    return new OperatorError({ what, where, exitCode: exitCodes.unavailable, errno });
  }
  if (isForbidden(error) && address.kind === 'tcp' && address.port < UNPRIVILEGED_PORT_MIN) {
    const what = `not permitted to listen on ${text}: ports below 1024 need privileges`;
    const advice = lowPortAdvice(address.port);
    return new OperatorError({ what, where, advice, exitCode: exitCodes.noPermission, errno });
  }
  if (address.kind === 'path') return cannotMake(`the socket ${text}`, error, { where });
  const what = `cannot listen on ${text}: ${reasonOf(error)}`;
  const exitCode = exitCodeFor(error, exitCodes.unavailable);
  return new OperatorError({ what, where, exitCode, errno });
}

/** In a unit of ours: the drop-in that permits it. */
function lowPortAdvice(port: number): string {
  const name = ownInstance(ownUnit(process.env));
  if (name === undefined) {
    return (
      'start as root with uid =, grant CAP_NET_BIND_SERVICE (AmbientCapabilities= in the unit), ' +
      'or choose a higher port'
    );
  }
  return (
    `let a socket unit listen (ListenStream=${port}, Service=reeve@${name}.service), or put ` +
    'CapabilityBoundingSet=CAP_NET_BIND_SERVICE, AmbientCapabilities=CAP_NET_BIND_SERVICE and ' +
    `PrivateUsers=no below [Service] in \`systemctl edit reeve@${name}\``
  );
}
