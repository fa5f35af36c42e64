/**
 * Opens the listeners or takes them from systemd, keeps them across reloads, and takes them away at
 * the end.
 *
 * They are the master's, so that a gateway may die and none of the clients that are waiting is
 * refused. For a reload, everything new is opened before anything old is closed: a port that is
 * taken leaves all as it was.
 */
import { closeSync, lstatSync, type Stats } from 'node:fs';
import { constants } from 'node:os';

import { SystemCallError } from '../../base/libc.ts';
import { listenAgain, setSocketOptions } from '../../base/sockets/listening-sockets.ts';
import { changeSocketFile, removeSocketFile } from '../../base/sockets/socket-file.ts';
import { asOperatorError, reasonOf } from '../../base/system-error.ts';
import type { Address } from '../../config/values/addresses.ts';
import type { Logger } from '../../log/logger.ts';
import { hasCapability, UNCHANGED } from '../start/privileges.ts';
import { adoptInherited, nothingPassed, type Passing } from './adopt.ts';
import { storedFor } from './inherited.ts';
import { allowedBacklog, cannotGive, nothingToListenOn, openOne, takenUp } from './open.ts';
import type { Listener } from './open.ts';
import type { PassedSocket } from './passed-socket.ts';
import {
  listenerKey,
  resolveRequests,
  type ListenerRequest,
  type ListenerTerms,
} from './wanted.ts';

export interface Reconciled {
  /** In the order of the requests; what is served beside them comes last. */
  readonly listeners: readonly Listener[];
  /** To be closed when no gateway uses them any more. */
  readonly obsolete: readonly Listener[];
  readonly warnings: readonly string[];
  /** What was adopted, and why as it was. */
  readonly notes: readonly string[];
  /** Kept by systemd, and not asked for any more. */
  readonly leftInStore: readonly PassedSocket[];
}

/** Opens all that is asked for; throws an OperatorError, and then nothing is left open. */
export async function openListeners(
  requests: readonly ListenerRequest[],
  terms: ListenerTerms,
  passing: Passing = nothingPassed,
): Promise<Reconciled> {
  return reconcileListeners([], requests, terms, passing);
}

/**
 * Keeps what is asked for and open already, adopts what systemd passed, opens the rest, and names
 * what is obsolete. Throws an OperatorError, and then everything is as it was. A kept listener has
 * its new terms only from `bringIntoForce` on, when the reload has succeeded.
 */
export async function reconcileListeners(
  old: readonly Listener[],
  requests: readonly ListenerRequest[],
  asked: ListenerTerms,
  passing: Passing = nothingPassed,
): Promise<Reconciled> {
  const wanted = await resolveRequests(requests);
  const { backlog, warnings } = allowedBacklog(asked.backlog);
  const terms = { ...asked, backlog };
  const adopted = adoptInherited(wanted, terms, passing);
  const ours = old.filter((listener) => listener.keeper === 'reeve');
  const byKey = new Map(ours.map((listener) => [listenerKey(listener.address), listener]));
  const stored = new Set(passing.inherited.stored);
  const opened: Listener[] = [];
  const openOrKeep = (request: ListenerRequest, address: Address): Listener => {
    const kept = byKey.get(listenerKey(address));
    if (kept !== undefined) return stillPossible({ ...kept, ...request, ...terms });
    const socket = storedFor(address, [...stored]);
    if (socket !== undefined) {
      stored.delete(socket);
      return applyTerms(takenUp(request, address, socket, terms));
    }
    const listener = openOne(request, address, terms);
    opened.push(listener);
    return listener;
  };
  try {
    const listeners = wanted.flatMap(({ request, target }, index) => {
      const sockets = adopted.listeners[index] ?? [];
      if (sockets.length > 0 || target.kind === 'fd' || target.kind === 'fd-name') return sockets;
      return [openOrKeep(request, target)];
    });
    listeners.push(...adopted.extra);
    if (listeners.length === 0) throw nothingToListenOn();
    const fds = new Set(listeners.map((listener) => listener.fd));
    return {
      listeners,
      obsolete: ours.filter((listener) => !fds.has(listener.fd)),
      warnings: [...warnings, ...adopted.warnings],
      notes: adopted.notes,
      leftInStore: [...stored],
    };
  } catch (error) {
    closeListeners(opened, 'vacuum');
    throw error;
  }
}

/** Closes listeners; `vacuum` also unlinks the files of unix sockets that are still ours. */
export function closeListeners(listeners: readonly Listener[], files: 'keep' | 'vacuum'): string[] {
  const problems: string[] = [];
  for (const listener of listeners) {
    if (files === 'vacuum') problems.push(...unlinkSocket(listener));
    closeSync(listener.fd);
  }
  return problems;
}

/**
 * The configuration that these listeners belong to is in force: those that were kept get the
 * backlog, mode and owner that it names. Returns what went wrong.
 */
export function bringIntoForce(listeners: readonly Listener[]): string[] {
  return listeners.flatMap((listener) => {
    if (listener.keeper === 'systemd') return [];
    try {
      applyTerms(listener);
      return [];
    } catch (error) {
      const refusal = asOperatorError(error);
      if (refusal === undefined) throw error;
      return [refusal.message];
    }
  });
}

function applyTerms(listener: Listener): Listener {
  const { fd, backlog, origin, file, user, address, socket } = listener;
  listenAgain(fd, backlog);
  if (socket !== undefined) setSocketOptions(fd, socket, address.kind === 'tcp' ? 'tcp' : 'unix');
  const differing = fileToChange(listener);
  if (differing === undefined || file === undefined) return listener;
  try {
    changeSocketFile({ path: differing.path, user }, file, listener);
  } catch (error) {
    throw cannotGive(differing.path, error, origin);
  }
  return listener;
}

/** Refuses a reload whose terms for a kept listener this process may not carry out later. */
function stillPossible(listener: Listener): Listener {
  const differing = fileToChange(listener);
  if (differing === undefined) return listener;
  const { path, found, isOwnerChanged } = differing;
  const isForbidden = isOwnerChanged
    ? !hasCapability('CAP_CHOWN') && !isOwnGroup(found, listener.owner)
    : !hasCapability('CAP_FOWNER') && found.uid !== process.geteuid?.();
  if (!isForbidden) return listener;
  const error = new SystemCallError(isOwnerChanged ? 'chown' : 'chmod', constants.errno.EPERM);
  throw cannotGive(path, error, listener.origin);
}

/** Without privileges the owner of a file may only give it to another one of his groups. */
function isOwnGroup(found: Stats, owner: Listener['owner']): boolean {
  const own = process.geteuid?.();
  if (owner === undefined || found.uid !== own) return false;
  const isSameUser = owner.uid === own || owner.uid === UNCHANGED;
  return isSameUser && [process.getegid?.(), ...(process.getgroups?.() ?? [])].includes(owner.gid);
}

/** The file of a unix socket of ours whose mode or owner is not the listener's; else undefined. */
function fileToChange(
  listener: Listener,
): { path: string; found: Stats; isOwnerChanged: boolean } | undefined {
  if (listener.address.kind !== 'path' || !isOurs(listener)) return undefined;
  const { mode, owner } = listener;
  const { path } = listener.address;
  const found = lstatSync(path);
  const differs = (wanted: number | undefined, is: number): boolean =>
    wanted !== undefined && wanted !== UNCHANGED && wanted !== is;
  const isOwnerChanged = differs(owner?.uid, found.uid) || differs(owner?.gid, found.gid);
  const isModeChanged = differs(mode, found.mode & 0o7777);
  return isOwnerChanged || isModeChanged ? { path, found, isOwnerChanged } : undefined;
}

function isOurs({ address, file }: Listener): boolean {
  if (address.kind !== 'path') return false;
  const found = lstatSync(address.path, { throwIfNoEntry: false });
  return found !== undefined && found.dev === file?.device && found.ino === file.inode;
}

/** Removes the file of a unix socket that is still ours; returns what went wrong. */
export function unlinkSocket(listener: Listener): string[] {
  const { address, file, user } = listener;
  if (address.kind !== 'path' || file === undefined || !isOurs(listener)) return [];
  try {
    removeSocketFile({ path: address.path, user }, file);
    return [];
  } catch (error) {
    return [`the socket ${address.path} cannot be removed: ${reasonOf(error)}`];
  }
}

/** Listeners that were opened, at a start or at a reload, and how each speaks. */
export function sayListening(logger: Logger, listeners: readonly Listener[]): void {
  for (const { bound, option, name, protocol } of listeners) {
    const speaks = protocol === 'http' ? 'HTTP/1.1' : 'the uwsgi protocol';
    const sentence = `listening on ${bound} (${option} = ${name}: ${speaks}, served by the gateway)`;
    logger.info('listener.bound', { option }, sentence);
  }
}
