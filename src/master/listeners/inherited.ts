/**
 * What systemd passed, sorted: sockets of socket units, our own that it kept over a restart, and
 * what is unknown.
 */
import { lstatSync } from 'node:fs';

import { socketFacts } from '../../base/sockets/socket-facts.ts';
import { addressText, type Address } from '../../config/values/addresses.ts';
import type { PassedDescriptor } from '../../systemd/listen-fds.ts';
import { storableName } from '../../systemd/fd-store.ts';
import { isSame, unfitness, type PassedSocket } from './passed-socket.ts';
import { withoutLinks } from './wanted.ts';

export interface Inherited {
  /** Of socket units; ours for as long as we run. */
  readonly activated: readonly PassedSocket[];
  /** Our own of before, to be taken up or given up at the start. */
  readonly stored: readonly PassedSocket[];
  /** To be closed, and taken out of the store if they came from there. */
  readonly unknown: readonly UnknownDescriptor[];
}

export interface UnknownDescriptor extends PassedDescriptor {
  /** What it is, for the log: "the descriptor 4 …". */
  readonly sentence: string;
}

/** How the store knows a listener. */
export interface StoredAs {
  readonly address: Address;
  /** The port in place of 0. */
  readonly bound: string;
  readonly file: { readonly device: number; readonly inode: number } | undefined;
}

export const nothingInherited: Inherited = { activated: [], stored: [], unknown: [] };

const PREFIX = 'reeve-listener.';
const ANY_PORT_PREFIX = `${PREFIX}any-port.`;
const FILE_NAME = /^reeve-listener\.file\.(\d+)-(\d+)\./;
/** What the store calls a descriptor that was given no name. */
const NAMELESS = 'stored';

/** The name of a listener in the store: its address, whatever option it is given to. */
export function storeName({ address, bound, file }: StoredAs): string {
  if (address.kind === 'tcp' && address.port === 0) return storableName(ANY_PORT_PREFIX, bound);
  const text = addressText(address);
  // The kernel does not tell which file a socket was bound as; so the name does.
  if (file === undefined) return storableName(PREFIX, text);
  return storableName(`${PREFIX}file.${file.device}-${file.inode}.`, text);
}

/** Looks at each descriptor. `asked`: those of fd://3 that systemd has not passed. */
export function sortInherited(
  passed: readonly PassedDescriptor[],
  asked: readonly number[] = [],
): Inherited {
  const activated: PassedSocket[] = [];
  const stored: PassedSocket[] = [];
  const unknown: UnknownDescriptor[] = [];
  for (const { fd, name } of passed) {
    const facts = socketFacts(fd);
    const isOurs = name.startsWith(PREFIX);
    const kind = isOurs || name === NAMELESS ? 'systemd kept' : 'systemd passed';
    const what = `the descriptor ${fd} (${name}) that ${kind}`;
    if (facts === undefined) unknown.push({ fd, name, sentence: `${what} is no socket` });
    else if (name === NAMELESS) unknown.push({ fd, name, sentence: `${what} is not ours` });
    else if (!isOurs) activated.push(withPlainPath({ fd, name, facts }));
    else if (unfitness(facts) !== '' || !hasItsFile({ fd, name, facts })) {
      unknown.push({ fd, name, sentence: `${what} has lost its file` });
    } else stored.push({ fd, name, facts });
  }
  for (const fd of asked) {
    const facts = passed.some((each) => each.fd === fd) ? undefined : socketFacts(fd);
    if (facts?.isListening === true) activated.push({ fd, name: 'unknown', facts });
  }
  return { activated, stored, unknown };
}

/** The one of the kept sockets that is bound where it is wanted. */
export function storedFor(
  address: Address,
  stored: readonly PassedSocket[],
): PassedSocket | undefined {
  return stored.find(({ name, facts }) => {
    if (address.kind !== 'tcp' || address.port !== 0) return isSame(address, facts.address);
    const isSameHost = facts.address.kind === 'tcp' && facts.address.host === address.host;
    return name.startsWith(ANY_PORT_PREFIX) && isSameHost;
  });
}

/** The file that the path of a kept socket leads to. */
export function fileOf(address: Address): StoredAs['file'] {
  if (address.kind !== 'path') return undefined;
  const found = lstatSync(address.path, { throwIfNoEntry: false });
  return found && { device: found.dev, inode: found.ino };
}

/** A socket whose file was removed or replaced is one that no client finds any more. */
function hasItsFile({ name, facts }: PassedSocket): boolean {
  if (facts.address.kind !== 'path') return true;
  const file = fileOf(facts.address);
  const [, device, inode] = FILE_NAME.exec(name) ?? [];
  return file !== undefined && `${file.device} ${file.inode}` === `${device} ${inode}`;
}

function withPlainPath(socket: PassedSocket): PassedSocket {
  const { address } = socket.facts;
  if (address.kind !== 'path') return socket;
  const plain = { ...address, path: withoutLinks(address.path) };
  return { ...socket, facts: { ...socket.facts, address: plain } };
}
