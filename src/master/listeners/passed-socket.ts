/**
 * PURE. A socket that systemd passed: what it fits, why it cannot be served, and its description in
 * messages.
 */
import type { BoundAddress, SocketFacts } from '../../base/sockets/socket-facts.ts';
import { addressText } from '../../config/values/addresses.ts';
import type { Address, PassedSocketName } from '../../config/values/addresses.ts';

/** A socket that systemd passed. */
export interface PassedSocket {
  readonly fd: number;
  /** FileDescriptorName= of its unit; without one the name of the unit. */
  readonly name: string;
  readonly facts: SocketFacts;
}

/** A listener of the ini; hosts are numeric, paths absolute and without links. */
export interface WantedListener {
  readonly option: string;
  /** As written: ":8000", "fd://http". */
  readonly text: string;
  /** Where: "app.ini:4". */
  readonly where: string;
  readonly target: Address | PassedSocketName;
}

const V4_ANY = '0.0.0.0';
const V6_ANY = '::';

/** An address as people write it. */
export function boundText(address: BoundAddress): string {
  return address.kind === 'other' ? 'an unknown address' : addressText(address);
}

/** Whether it is an address, and not a passed socket's number or name. */
export function isAddress(target: Address | PassedSocketName): target is Address {
  return target.kind !== 'fd' && target.kind !== 'fd-name';
}

/** Whether a socket is bound to just this address. */
export function isSame(target: Address, bound: BoundAddress): boolean {
  if (bound.kind === 'tcp') {
    return target.kind === 'tcp' && target.host === bound.host && target.port === bound.port;
  }
  if (bound.kind === 'path') return target.kind === 'path' && target.path === bound.path;
  if (bound.kind === 'abstract') return target.kind === 'abstract' && target.name === bound.name;
  return false;
}

/**
 * `:8000` means all addresses: a socket on [::]:8000, which is what ListenStream=8000 makes, serves
 * it; one that takes IPv6 clients alone does so only beside another on 0.0.0.0:8000.
 */
export function isWider(target: Address, bound: BoundAddress, besides: number): boolean {
  if (target.kind !== 'tcp' || bound.kind !== 'tcp' || target.port !== bound.port) return false;
  const isAny = target.host === V4_ANY && bound.host === V6_ANY;
  return isAny && (bound.isDualStack || besides > 0);
}

/** reeve@.socket calls its sockets so; without that they have the name of the unit. */
export function isOfOurUnit(name: string): boolean {
  return name === 'reeve' || /^reeve@.*\.socket$/.test(name);
}

/** Whether the socket alone takes the clients of the address. */
export function isThere(target: Address, bound: BoundAddress): boolean {
  return isSame(target, bound) || isWider(target, bound, 0);
}

/** Why it cannot be served; '' where it can. */
export function unfitness({ type, isListening, address }: SocketFacts): string {
  if (type === 'datagram') return 'it is a datagram socket, and clients need a stream';
  if (type === 'other') return 'it is not a stream socket';
  if (!isListening) return 'it is a connection and does not listen (Accept=yes)';
  return address.kind === 'other' ? 'it is neither TCP nor a unix socket' : '';
}

/** It, in the words of a sentence. */
export function inWords({ fd, name, facts }: PassedSocket): string {
  const bound = facts.address.kind === 'other' ? '' : ` on ${boundText(facts.address)}`;
  return `the socket${bound} that systemd passed (fd ${fd}, named "${name}")`;
}

/** What there is to choose from. */
export function listed(passed: readonly PassedSocket[]): string {
  if (passed.length === 0) return 'there is none';
  return `there are ${passed.map(({ fd, name }) => `fd://${fd} (${name})`).join(', ')}`;
}
