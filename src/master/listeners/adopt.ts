/**
 * Makes listeners of the sockets that a socket unit passed, and warns where systemd's settings
 * apply in place of ours.
 */
import { statSync } from 'node:fs';

import { OperatorError } from '../../base/operator-error.ts';
import { addressText } from '../../config/values/addresses.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { adopt, type AdoptionProblem } from './adoption.ts';
import { nothingInherited, type Inherited } from './inherited.ts';
import type { Listener } from './open.ts';
import { boundText, type PassedSocket } from './passed-socket.ts';
import {
  withoutLinks,
  type ListenerRequest,
  type ListenerTerms,
  type ResolvedRequest,
} from './wanted.ts';

/** What systemd passed, and what the settings make of it. */
export interface Passing {
  readonly inherited: Inherited;
  /** The names of the options that listeners are given to, and what those speak. */
  readonly protocols: ReadonlyMap<string, ListenerRequest['protocol']>;
  /**
   * Whether the operator wrote the option, so that it is worth a warning that it does not apply.
   */
  readonly isGiven: (option: 'listen' | 'chmod-socket' | 'chown-socket') => boolean;
  readonly when: 'start' | 'reload';
}

export const nothingPassed: Passing = {
  inherited: nothingInherited,
  protocols: new Map(),
  isGiven: () => false,
  when: 'start',
};

export interface Adopted {
  /** For each request; an empty list is for us to open. */
  readonly listeners: readonly (readonly Listener[])[];
  readonly extra: readonly Listener[];
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

const PORT_OF_UNIX_SOCKET = '80';
/** Where it is not known: the kernel cuts it to net.core.somaxconn, as systemd's own default. */
const BACKLOG_MAX = 0x7fff_ffff;

/** Throws an OperatorError where a passed socket cannot be meant. */
export function adoptInherited(
  requests: readonly ResolvedRequest[],
  terms: ListenerTerms,
  passing: Passing,
): Adopted {
  const wanted = requests.map(({ request, target, where }) => ({
    option: request.option,
    text: request.name,
    where,
    target: target.kind === 'path' ? { ...target, path: withoutLinks(target.path) } : target,
  }));
  const options = new Set(passing.protocols.keys());
  const adoption = adopt(wanted, passing.inherited.activated, options);
  const warnings = adoption.problems.map((problem) => onlyWarned(problem, passing.when));
  const listeners = requests.map(({ request }, index) =>
    (adoption.sockets[index] ?? []).map((socket) => listenerOf(request, socket)),
  );
  const extra = adoption.extra.map(({ option, socket }) => {
    const protocol = passing.protocols.get(option) ?? 'uwsgi';
    const name = boundText(socket.facts.address);
    return listenerOf({ name, option, protocol, origin: 'systemd' }, socket);
  });
  for (const listener of [...listeners.flat(), ...extra]) {
    warnings.push(...overridden(listener, terms, passing));
  }
  return { listeners, extra, notes: adoption.notes, warnings };
}

/** At a reload the socket is here, and cannot be sent back. */
function onlyWarned({ kind, what, advice }: AdoptionProblem, when: Passing['when']): string {
  if (when === 'start' || kind !== 'unnamed') {
    throw new OperatorError({ what, advice, exitCode: exitCodes.config });
  }
  return (
    `${what} any more: clients that connect there now get no answer, and the next start will be ` +
    `refused; ${advice}`
  );
}

function listenerOf(request: ListenerRequest, { fd, facts }: PassedSocket): Listener {
  const { address } = facts;
  if (address.kind === 'other') throw new Error(`adopted fd ${fd}, which has no address`);
  const serverPort = address.kind === 'tcp' ? String(address.port) : PORT_OF_UNIX_SOCKET;
  const bound = addressText(address);
  const backlog = facts.backlog ?? BACKLOG_MAX;
  return {
    ...request,
    fd,
    address,
    bound,
    serverPort,
    file: undefined,
    keeper: 'systemd',
    backlog,
    mode: undefined,
    owner: undefined,
  };
}

/** What the ini asks of its listeners, and a socket unit decides. */
function overridden(
  { address, bound, backlog }: Listener,
  terms: ListenerTerms,
  { isGiven }: Passing,
): string[] {
  const warnings: string[] = [];
  const say = (what: string, instead: string): void => {
    warnings.push(`${what} does not apply to ${bound}: ${instead} of its socket unit does`);
  };
  if (isGiven('listen') && backlog !== terms.backlog && backlog !== BACKLOG_MAX) {
    say(`listen = ${terms.backlog}`, `Backlog= (${backlog})`);
  }
  if (address.kind !== 'path') return warnings;
  const file = statSync(address.path, { throwIfNoEntry: false });
  const mode = file && file.mode & 0o777;
  const isModeGiven = isGiven('chmod-socket') && terms.mode !== undefined;
  if (isModeGiven && mode !== undefined && mode !== terms.mode) {
    const octal = (bits: number) => bits.toString(8).padStart(3, '0');
    say(`chmod-socket = ${octal(terms.mode)}`, `SocketMode= (${octal(mode)})`);
  }
  const { owner } = terms;
  const isOther = owner !== undefined && (file?.uid !== owner.uid || file.gid !== owner.gid);
  if (isGiven('chown-socket') && isOther) say('chown-socket', 'SocketUser= and SocketGroup=');
  return warnings;
}
