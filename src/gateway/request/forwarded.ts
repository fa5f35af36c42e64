/**
 * Which proxies are believed about a client, and which client they speak for (pure).
 *
 * Every client can write X-Forwarded-For, so it is read from the right: each proxy appends the
 * address that it was called from, and as long as that is a proxy which the operator has named, the
 * next address counts.
 */

import { listItems } from '../http/head.ts';
import { isAddress, networkSet, plainAddress, readNetwork } from '../../base/networks.ts';
import type { Network } from '../../base/networks.ts';
import type { Endpoint, ProxiedConnection } from '../http/proxy-header.ts';

/** The word in trusted-proxies that stands for the peers of unix sockets. */
const UNIX_PEERS = 'unix';

/** Whether the operator has named the proxy with this address; '' is a unix socket's peer. */
export type IsNamedProxy = (address: string) => boolean;

/** The other end of a connection: what is found out once, when it connects. */
export interface Peer {
  /** '' for a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** It is a proxy that the operator has named: its X-Forwarded-For counts. */
  readonly isNamed: boolean;
  /** It is on this machine, or is named: its X-Forwarded-Proto counts. */
  readonly isBelieved: boolean;
  /** Only where a named proxy has said by a PROXY header whose connection it is. */
  readonly proxied?: {
    /** Where the client has connected to, where that counts as our own address. */
    readonly server: Endpoint | undefined;
    /** The client speaks TLS with the proxy. */
    readonly isTls: boolean;
  };
}

export interface ForwardedClient {
  readonly address: string;
  /** 0 where it is not known. */
  readonly port: number;
}

/** Returns the test for what `trusted-proxies` holds; the configuration has checked the words. */
export function namedProxies(words: readonly string[]): IsNamedProxy {
  const isNetwork = (network: Network | undefined): network is Network => network !== undefined;
  const isIn = networkSet(words.map(readNetwork).filter(isNetwork));
  const areUnixPeersNamed = words.includes(UNIX_PEERS);
  return (address) => (address === '' ? areUnixPeersNamed : isIn(address));
}

/** Returns the peer with this address; '' and port 0 are a unix socket's. */
export function peerOf(address: string, port: number, isNamedProxy: IsNamedProxy): Peer {
  // A listener for both families shows IPv4 clients in the form of IPv6.
  const plain = plainAddress(address);
  const isNamed = isNamedProxy(plain);
  const isLocal = plain === '' || plain === '::1' || plain.startsWith('127.');
  return { address: plain, port, isNamed, isBelieved: isLocal || isNamed };
}

/**
 * Returns the peer that a named proxy speaks for by a PROXY header. The proxy's X-Forwarded-Proto
 * counts as before; X-Forwarded-For only where the client is itself a named proxy.
 */
export function peerBehindProxy(
  { source, destination, isTls }: ProxiedConnection,
  isServerOurs: boolean,
  isNamedProxy: IsNamedProxy,
): Peer {
  const { address, port } = source;
  const proxied = { server: isServerOurs ? destination : undefined, isTls };
  return { address, port, isNamed: isNamedProxy(address), isBelieved: true, proxied };
}

/**
 * Returns the client that `peer` speaks for, going by X-Forwarded-For; undefined where `peer` is
 * not named, or the header names none. What is no address ends the reading: the hop that appended
 * it is then the last that is known.
 */
export function forwardedClient(
  peer: string,
  forwardedFor: string | undefined,
  isNamed: IsNamedProxy,
): ForwardedClient | undefined {
  if (forwardedFor === undefined || !isNamed(peer)) return undefined;
  let client: ForwardedClient | undefined;
  for (const word of listItems(forwardedFor).toReversed()) {
    const hop = readHop(word);
    if (hop === undefined) return client;
    client = hop;
    if (!isNamed(hop.address)) return client;
  }
  return client;
}

/** Reads "192.0.2.1", "192.0.2.1:4711", "2001:db8::1" or "[2001:db8::1]:4711". */
function readHop(word: string): ForwardedClient | undefined {
  const match = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::(\d{1,5}))?$/.exec(word);
  const address = plainAddress(match === null ? word : (match[1] ?? match[2] ?? ''));
  const port = Number(match?.[3] ?? 0);
  return !isAddress(address) || port > 65_535 ? undefined : { address, port };
}
