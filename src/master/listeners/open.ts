/**
 * One listener: bound, listening, and its file made safe; or a sentence that says why not.
 *
 * A unix socket's file is made with the mode that it shall have, so that there is no moment at
 * which it is too open.
 */
import { closeSync, lchownSync, lstatSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';

import {
  boundPort,
  openTcpListener,
  openUnixListener,
  probeUnixSocket,
} from '../../base/listening-sockets.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { ownInstance, ownUnit } from '../../base/own-unit.ts';
import {
  cannotMake,
  errnoNumberOf,
  errorCodeOf,
  exitCodeFor,
  isForbidden,
  reasonOf,
} from '../../base/system-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { addressText } from '../../config/values/addresses.ts';
import type { Address } from '../../config/values/addresses.ts';
import { portOwner } from './port-owner.ts';

export interface OpenedListener {
  readonly fd: number;
  /** Of a TCP listener: what the kernel chose in place of 0, else what was asked for. */
  readonly port: number | undefined;
  readonly file: { readonly device: number; readonly inode: number } | undefined;
}

export interface OpeningTerms {
  readonly backlog: number;
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const UNPRIVILEGED_PORT_MIN = 1024;

/** Opens one listener; `where` begins the sentence of the OperatorError that it may throw. */
export function openListener(address: Address, terms: OpeningTerms, where: string): OpenedListener {
  try {
    switch (address.kind) {
      case 'tcp': {
        const fd = openTcpListener(address, terms.backlog);
        return { fd, port: boundPort(fd), file: undefined };
      }
      case 'abstract': {
        const fd = openUnixListener({ kind: 'abstract', name: address.name }, terms.backlog);
        return { fd, port: undefined, file: undefined };
      }
      case 'path':
        removeStaleSocket(address.path, where);
        return openPath(address.path, terms);
      default:
        return address satisfies never;
    }
  } catch (error) {
    throw explained(error, address, where);
  }
}

function openPath(path: string, terms: OpeningTerms): OpenedListener {
  const umask = process.umask();
  // The mode is set by the umask, not by chmod: that would follow a link which the owner of the
  // directory might put in the place of the socket.
  if (terms.mode !== undefined) process.umask(0o777 & ~terms.mode);
  try {
    const fd = openUnixListener({ kind: 'path', name: path }, terms.backlog);
    try {
      if (terms.owner !== undefined) give(path, terms.owner);
      const { dev, ino } = lstatSync(path);
      return { fd, port: undefined, file: { device: dev, inode: ino } };
    } catch (error) {
      unlinkSync(path);
      closeSync(fd);
      throw error;
    }
  } finally {
    process.umask(umask);
  }
}

function give(path: string, owner: { readonly uid: number; readonly gid: number }): void {
  try {
    lchownSync(path, owner.uid, owner.gid);
  } catch (error) {
    throw cannotGive(path, error, 'chown-socket');
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

/** Makes room for a socket: only a socket that nobody listens on is removed. */
function removeStaleSocket(path: string, where: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
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
  unlinkSync(path);
}

/** The sentence for what the kernel refused; what is no refusal of its stays as it is. */
function explained(error: unknown, address: Address, where: string): unknown {
  if (error instanceof OperatorError || errorCodeOf(error) === undefined) return error;
  const text = addressText(address);
  const errno = errnoNumberOf(error);
  if (errorCodeOf(error) === 'EADDRINUSE') {
    const owner = address.kind === 'tcp' ? portOwner(address.port) : undefined;
    const what = `the address ${text} is in use${owner === undefined ? '' : ` by ${owner}`}`;
    const advice = 'stop that process, or choose another address';
    return new OperatorError({ what, where, advice, exitCode: exitCodes.unavailable, errno });
  }
  if (errorCodeOf(error) === 'EADDRNOTAVAIL') {
    const what = `${text} cannot be listened on: this machine does not have that address`;
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
