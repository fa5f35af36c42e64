/**
 * Opens the listeners, keeps them across reloads, and takes them away at the end.
 *
 * They are the master's, so that a gateway may die and none of the clients that are waiting is
 * refused. For a reload, everything new is opened before anything old is closed: a port that is
 * taken leaves all as it was.
 */
import { lookup } from 'node:dns/promises';
import { chmodSync, chownSync, closeSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';

import { listenAgain } from '../base/listening-sockets.ts';
import { OperatorError } from '../base/operator-error.ts';
import { reasonOf } from '../base/system-error.ts';
import { addressKey, addressText, readAddress } from '../config/addresses.ts';
import type { Address } from '../config/addresses.ts';
import { exitCodes } from '../tables/exit-codes.ts';
import { cannotGive, openListener } from './open-listener.ts';

/** A listener that the operator asked for. */
export interface ListenerRequest {
  /** As written: ":8000". */
  readonly name: string;
  /** The option it was given to: "http". */
  readonly option: string;
  readonly protocol: 'http' | 'uwsgi';
  /** Where: "app.ini:4", "--http". */
  readonly origin: string;
}

/** What holds for all listeners. */
export interface ListenerTerms {
  /** Connections that may wait in the kernel (`listen`). */
  readonly backlog: number;
  /** Mode of unix sockets (`chmod-socket`); undefined leaves it to the umask. */
  readonly mode: number | undefined;
  /** Whom unix sockets are given to (`chown-socket`, else the user that the master becomes). */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

export interface Listener extends ListenerRequest {
  readonly fd: number;
  readonly address: Address;
  /** The address that it really has: the port in place of 0. */
  readonly bound: string;
  /** What applications see as SERVER_PORT. */
  readonly serverPort: string;
  /** Of a unix socket's file: it is ours to unlink only while it is this one. */
  readonly file: { readonly device: number; readonly inode: number } | undefined;
}

export interface Reconciled {
  /** In the order of the requests. */
  readonly listeners: readonly Listener[];
  /** To be closed when no gateway uses them any more. */
  readonly obsolete: readonly Listener[];
  readonly warnings: readonly string[];
}

const PORT_OF_UNIX_SOCKET = '80'; // As uWSGI says it for a socket without a port.

/** Opens all that is asked for; throws an OperatorError, and then nothing is left open. */
export async function openListeners(
  requests: readonly ListenerRequest[],
  terms: ListenerTerms,
): Promise<Reconciled> {
  return reconcileListeners([], requests, terms);
}

/**
 * Keeps what is asked for and open already, opens the rest, and names what is obsolete.
 * Throws an OperatorError, and then everything is as it was.
 */
export async function reconcileListeners(
  old: readonly Listener[],
  requests: readonly ListenerRequest[],
  terms: ListenerTerms,
): Promise<Reconciled> {
  const wanted = await resolveRequests(requests);
  const { backlog, warnings } = allowedBacklog(terms.backlog);
  const byKey = new Map(old.map((listener) => [addressKey(listener.address), listener]));
  const opened: Listener[] = [];
  try {
    const listeners = wanted.map(({ request, address }): Listener => {
      const kept = byKey.get(addressKey(address));
      if (kept !== undefined) return { ...kept, ...request };
      const listener = openOne(request, address, { ...terms, backlog });
      opened.push(listener);
      return listener;
    });
    for (const listener of listeners) {
      if (opened.includes(listener)) continue;
      listenAgain(listener.fd, backlog);
      applyTerms(listener, terms);
    }
    const fds = new Set(listeners.map((listener) => listener.fd));
    return { listeners, obsolete: old.filter((listener) => !fds.has(listener.fd)), warnings };
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

async function resolveRequests(
  requests: readonly ListenerRequest[],
): Promise<readonly { request: ListenerRequest; address: Address }[]> {
  const seen = new Map<string, string>();
  const wanted = [];
  for (const request of requests) {
    const { name } = request;
    const where = whereOf(request);
    const read = readAddress(name);
    if (read.kind === 'problem') {
      throw new OperatorError({ ...read, where, exitCode: exitCodes.config });
    }
    const address = await resolveHost(read.address, where);
    const key = addressKey(address);
    const first = seen.get(key);
    if (first !== undefined && !key.endsWith(' 0')) {
      const what = `${name} is asked for twice, by ${first} also`;
      throw new OperatorError({ what, where, advice: 'remove one', exitCode: exitCodes.config });
    }
    seen.set(key, where);
    wanted.push({ request, address });
  }
  return wanted;
}

/** Makes paths absolute and host names numeric. */
async function resolveHost(address: Address, where: string): Promise<Address> {
  if (address.kind === 'path') return { ...address, path: resolve(address.path) };
  if (address.kind === 'abstract' || isIP(address.host) !== 0) return address;
  try {
    return { ...address, host: (await lookup(address.host)).address };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const what = `no address is known for the host "${address.host}"${code}`;
    throw new OperatorError({ what, where, exitCode: exitCodes.unavailable });
  }
}

/** The kernel cuts a longer backlog without a word; we say so. */
function allowedBacklog(backlog: number): { backlog: number; warnings: string[] } {
  const limit = Number(readFileSync('/proc/sys/net/core/somaxconn', 'latin1'));
  if (!(backlog > limit)) return { backlog, warnings: [] };
  const sentence =
    `listen = ${backlog} is more than the kernel allows: ${limit} are used; ` +
    `raise net.core.somaxconn for more`;
  return { backlog: limit, warnings: [sentence] };
}

/** A flag names its option already; a line of a file does not. */
const whereOf = ({ origin, option }: ListenerRequest): string =>
  origin === `--${option}` ? origin : `${origin}: ${option}`;

function openOne(request: ListenerRequest, address: Address, terms: ListenerTerms): Listener {
  const { fd, port, file } = openListener(address, terms, whereOf(request));
  const real = address.kind === 'tcp' && port !== undefined ? { ...address, port } : address;
  const serverPort = port === undefined ? PORT_OF_UNIX_SOCKET : String(port);
  return { ...request, fd, address, bound: addressText(real), serverPort, file };
}

/** Gives the file of a kept listener the mode and owner that may have changed. */
function applyTerms(listener: Listener, terms: ListenerTerms): void {
  if (listener.address.kind !== 'path' || !isOurs(listener)) return;
  const { path } = listener.address;
  try {
    if (terms.mode !== undefined) chmodSync(path, terms.mode);
    if (terms.owner !== undefined) chownSync(path, terms.owner.uid, terms.owner.gid);
  } catch (error) {
    throw cannotGive(path, error, listener.origin);
  }
}

function isOurs({ address, file }: Listener): boolean {
  if (address.kind !== 'path') return false;
  const found = lstatSync(address.path, { throwIfNoEntry: false });
  return found !== undefined && found.dev === file?.device && found.ino === file.inode;
}

function unlinkSocket(listener: Listener): string[] {
  if (listener.address.kind !== 'path' || !isOurs(listener)) return [];
  try {
    unlinkSync(listener.address.path);
    return [];
  } catch (error) {
    return [`the socket ${listener.address.path} cannot be removed: ${reasonOf(error)}`];
  }
}
