/**
 * Which listeners the settings ask for, and what holds for all of them; and each address as the
 * kernel knows it: host names looked up, paths made absolute, and each once.
 */
import { lookup } from 'node:dns/promises';
import { realpathSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import type { SocketOptions } from '../../base/sockets/listening-sockets.ts';
import { canonicalHost } from '../../base/sockets/socket-facts.ts';
import { addressKey, isBefore, readAddress } from '../../config/values/addresses.ts';
import type { Address, PassedSocketName } from '../../config/values/addresses.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { Settings } from '../../tables/options/options.ts';
import { readOwner, type NextUser } from '../start/privileges.ts';

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
  /** The owner of unix sockets (`chown-socket`, else the user that the master becomes). */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** What the kernel does with their connections. */
  readonly socket?: SocketOptions;
  /** The user that the master becomes (base/files/trusted-path.ts); undefined where it stays. */
  readonly user?: NextUser | undefined;
}

export interface ResolvedRequest {
  readonly request: ListenerRequest;
  /** "app.ini:4: http", for sentences. */
  readonly where: string;
  readonly target: Address | PassedSocketName;
}

const listenerOptions = ['http', 'http-socket', 'http11-socket', 'socket', 'uwsgi-socket'] as const;

/** The options that listeners are given to, and what clients speak to those. */
export function listenerProtocols(
  settings: Settings,
): ReadonlyMap<(typeof listenerOptions)[number], ListenerRequest['protocol']> {
  const speaksUwsgi = new Set<string>(settings.protocol === 'uwsgi' ? ['socket'] : []).add(
    'uwsgi-socket',
  );
  return new Map(
    listenerOptions.map((option) => [option, speaksUwsgi.has(option) ? 'uwsgi' : 'http']),
  );
}

/** The listeners that are asked for, with the option that each was written as. */
export function listenerRequests(settings: Settings): readonly ListenerRequest[] {
  return [...listenerProtocols(settings)].flatMap(([option, protocol]) =>
    settings[option].map(({ text, origin }) => ({ name: text, option, protocol, origin })),
  );
}

/** Options that name a listener of the master's own. */
export const ownOptions = ['stats', 'metrics'] as const;
export type OwnOption = (typeof ownOptions)[number];

/** What the settings ask for as a listener of the master's own; the last one counts. */
export function ownRequest(settings: Settings, option: OwnOption): ListenerRequest | undefined {
  const { text: name, origin } = settings[option].at(-1) ?? { text: '', origin: '' };
  return name === '' ? undefined : { name, option, protocol: 'http', origin };
}

export function listenerTerms(settings: Settings, user: NextUser | undefined): ListenerTerms {
  const owner = settings['chown-socket'];
  return {
    backlog: settings.listen,
    mode: settings['chmod-socket'] ?? modeInBackground(settings),
    user,
    socket: socketOptionsOf(settings),
    owner: owner === '' ? user : readOwner(owner, 'chown-socket'),
  };
}

function socketOptionsOf(settings: Settings): SocketOptions {
  return {
    keepsAlive: settings['so-keepalive'],
    sendBufferBytes: settings['socket-sndbuf'],
    receiveBufferBytes: settings['socket-rcvbuf'],
    sharesPort: settings['reuse-port'],
    fastOpenMax: settings['tcp-fast-open'],
    bindsAnyAddress: settings.freebind,
  };
}

/** `daemonize` sets the umask to 0 in uWSGI; here sockets alone have the mode that follows. */
function modeInBackground({ daemonize, umask }: Settings): number | undefined {
  return daemonize !== '' && umask === undefined ? 0o777 : undefined;
}

/** Resolves them all, in their order; throws an OperatorError for what makes no sense. */
export async function resolveRequests(
  requests: readonly ListenerRequest[],
): Promise<readonly ResolvedRequest[]> {
  const seen = new Map<string, ListenerRequest>();
  const wanted: ResolvedRequest[] = [];
  for (const request of requests) {
    const { name } = request;
    const where = whereOf(request);
    const read = readAddress(name);
    if (read.kind === 'problem') {
      throw new OperatorError({ ...read, where, exitCode: exitCodes.config });
    }
    const target = read.kind === 'passed' ? read.socket : await resolveHost(read.address, where);
    const key = targetKey(target);
    const first = key.endsWith(' 0') ? undefined : seen.get(key);
    // Named twice it is one listener, as in uWSGI: that of the line that comes first.
    if (first !== undefined && !isBefore(request.origin, first.origin)) continue;
    if (first !== undefined)
      wanted.splice(
        wanted.findIndex((each) => each.request === first),
        1,
      );
    seen.set(key, request);
    wanted.push({ request, where, target });
  }
  return wanted;
}

/** Where it was asked for. A flag names its option already; a line of a file does not. */
export function whereOf({ origin, option }: ListenerRequest): string {
  return origin === `--${option}` ? origin : `${origin}: ${option}`;
}

/** A path without links but for the socket itself, which may not exist: /run for /var/run. */
export function withoutLinks(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    // The directory is missing: the code that binds there reports it.
    return path;
  }
}

function targetKey(target: Address | PassedSocketName): string {
  if (target.kind === 'fd') return `fd ${target.fd}.`;
  return target.kind === 'fd-name' ? `fd-name ${target.name}.` : listenerKey(target);
}

/** Equal for the same listener, also where its directory is reached over links or other mounts. */
export function listenerKey(address: Address): string {
  if (address.kind !== 'path') return addressKey(address);
  const found = directoryOf(address.path);
  if (found === undefined) return addressKey(address);
  return `path ${found.dev} ${found.ino} ${basename(address.path)}`;
}

function directoryOf(path: string): { readonly dev: number; readonly ino: number } | undefined {
  try {
    return statSync(dirname(path));
  } catch {
    // The directory is missing: the code that binds there reports it.
    return undefined;
  }
}

/** Makes paths absolute and host names numeric. */
async function resolveHost(address: Address, where: string): Promise<Address> {
  if (address.kind === 'path') return { ...address, path: resolve(address.path) };
  if (address.kind === 'abstract') return address;
  if (isIP(address.host) !== 0) return { ...address, host: canonicalHost(address.host) };
  try {
    return { ...address, host: await addressOf(address.host) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const what = `no address is known for the host "${address.host}"${code}`;
    throw new OperatorError({ what, where, exitCode: exitCodes.unavailable });
  }
}

/** As in uWSGI an IPv4 address where the host has one: `localhost` is 127.0.0.1. */
async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch {
    return (await lookup(host)).address;
  }
}
