/**
 * Sets of IP addresses and networks, as an operator writes them (pure).
 */

import { BlockList, SocketAddress, isIP } from 'node:net';

export interface Network {
  readonly address: string;
  readonly prefixBits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads "10.0.0.1", "10.0.0.0/8", "::1" or "fd00::/8"; undefined for anything else. */
export function readNetwork(text: string): Network | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = plainAddress(match?.[1] ?? '');
  const version = isIP(address);
  // A zone such as %eth0 names an interface of this machine, not an address of a peer.
  if (match === null || version === 0 || address.includes('%')) return undefined;
  const widthBits = version === 4 ? 32 : 128;
  const prefixBits = match[2] === undefined ? widthBits : Number(match[2]);
  if (prefixBits > widthBits) return undefined;
  return { address, prefixBits, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Returns the function that tells whether an address is in one of the networks. */
export function networkSet(networks: readonly Network[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const set = new BlockList();
  for (const { address, prefixBits, family } of networks)
    set.addSubnet(address, prefixBits, family);
  return (address) => {
    const version = isIP(address);
    return version !== 0 && set.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

/** Whether a text is an IP address, of either version. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** An address in the one way in which the kernel writes it; undefined for what is none. */
export function canonicalAddress(text: string): string | undefined {
  const version = isIP(text);
  // A zone names an interface of this machine, not an address of a peer.
  if (version === 0 || text.includes('%')) return undefined;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return plainAddress(new SocketAddress({ address: text, family }).address);
}

/** An IPv4 address that is written as an IPv6 one, as IPv4. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}
