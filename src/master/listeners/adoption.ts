/**
 * PURE. Which of the sockets that systemd passed serve which listener of the ini.
 *
 * By name first (FileDescriptorName= is the option's name), then by address, so that one ini works
 * with a socket unit and without; never by their order, which is not the order of the units.
 * What the ini does not name is served where that cannot be a mistake, and is a finding elsewhere.
 */
import {
  boundText,
  inWords,
  isAddress,
  isOfOurUnit,
  isSame,
  isThere,
  isWider,
  listed,
  unfitness,
} from './passed-socket.ts';
import type { PassedSocket, WantedListener } from './passed-socket.ts';

export interface AdoptionProblem {
  /** `unnamed`: it is only that no listener of the ini names the socket. */
  readonly kind: 'unfit' | 'missing' | 'unnamed';
  readonly what: string;
  readonly advice: string;
}

export interface Adoption {
  /** For each wanted listener the sockets that it has; without any it is opened. */
  readonly sockets: readonly (readonly PassedSocket[])[];
  /** Served beside what the ini names, as if the option had named them. */
  readonly extra: readonly { readonly option: string; readonly socket: PassedSocket }[];
  /** Worth saying, all is well. */
  readonly notes: readonly string[];
  /** What a start is refused for. */
  readonly problems: readonly AdoptionProblem[];
}

/** The option that a socket is served as where nothing else decides: its protocol is `protocol`. */
const DEFAULT_OPTION = 'socket';

/** Decides it. `options` are the names that a listener can be given to. */
export function adopt(
  wanted: readonly WantedListener[],
  passed: readonly PassedSocket[],
  options: ReadonlySet<string>,
): Adoption {
  const draft = new Draft(wanted, passed);
  draft.refuseUnfit();
  draft.takeNamedInIni();
  for (const option of options) draft.takeByOptionName(option);
  draft.takeByAddress();
  draft.takeRest();
  return draft.result();
}

class Draft {
  readonly #wanted: readonly WantedListener[];
  readonly #passed: readonly PassedSocket[];
  readonly #sockets: PassedSocket[][];
  readonly #extra: { option: string; socket: PassedSocket }[] = [];
  readonly #notes: string[] = [];
  readonly #problems: AdoptionProblem[] = [];
  readonly #free: Set<PassedSocket>;

  constructor(wanted: readonly WantedListener[], passed: readonly PassedSocket[]) {
    this.#wanted = wanted;
    this.#passed = passed;
    this.#sockets = wanted.map(() => []);
    this.#free = new Set(passed);
  }

  /** Datagrams, connections, and families that are not served. */
  refuseUnfit(): void {
    for (const socket of this.#passed) {
      const why = unfitness(socket.facts);
      if (why === '') continue;
      this.#free.delete(socket);
      const advice = 'give the socket unit ListenStream= lines only, and Accept=no';
      this.#problems.push({
        kind: 'unfit',
        what: `${inWords(socket)} cannot be served: ${why}`,
        advice,
      });
    }
  }

  /** fd://3 and fd://name. */
  takeNamedInIni(): void {
    this.#wanted.forEach(({ target, text, where, option }, index) => {
      if (target.kind !== 'fd' && target.kind !== 'fd-name') return;
      const isMeant = (socket: PassedSocket): boolean =>
        target.kind === 'fd' ? socket.fd === target.fd : socket.name === target.name;
      const meant = this.#passed.filter(isMeant);
      const free = meant.filter((socket) => this.#free.has(socket));
      for (const socket of free) this.#take(index, socket);
      if (free.length > 0) return;
      // One that is unfit was refused above.
      if (meant.some((socket) => unfitness(socket.facts) !== '')) return;
      const advice = 'see Sockets= of the service, and FileDescriptorName= of the socket unit';
      const what =
        meant.length > 0
          ? `${where}: ${option} = ${text} is asked for twice`
          : `${where}: ${option} = ${text}: no such socket was passed; ${listed(this.#passed)}`;
      this.#problems.push({ kind: 'missing', what, advice });
    });
  }

  /**
   * A socket of an option's name is that option's. Where the option has one address, at which no
   * other socket is, it takes the place of that; where it has several, it would be a guess.
   */
  takeByOptionName(option: string): void {
    const named = () => [...this.#free].filter((socket) => socket.name === option);
    const mine = this.#indexes((wanted) => wanted.option === option && isAddress(wanted.target));
    this.#takeMatching(mine, named);
    const [only] = mine;
    const isReplaced = mine.length === 1 && only !== undefined && this.#isWithout(only);
    for (const socket of named()) {
      const bound = boundText(socket.facts.address);
      if (isReplaced) {
        this.#take(only, socket);
        const text = this.#wanted[only]?.text ?? '';
        const sentence = `${option} = ${text} is served on ${bound}: systemd passed it by that name`;
        this.#notes.push(sentence);
      } else {
        this.#takeExtra(option, socket, `systemd passed it under the name ${option}`);
      }
    }
  }

  takeByAddress(): void {
    const withAddress = this.#indexes((wanted) => isAddress(wanted.target));
    this.#takeMatching(withAddress, () => [...this.#free]);
  }

  /** What no option names. */
  takeRest(): void {
    for (const socket of [...this.#free]) {
      if (this.#wanted.length === 0) {
        this.#takeExtra(DEFAULT_OPTION, socket, 'systemd passed it, and the ini names no listener');
      } else if (isOfOurUnit(socket.name)) {
        this.#takeExtra(DEFAULT_OPTION, socket, `systemd passed it (${socket.name})`);
      } else {
        const bound = boundText(socket.facts.address);
        const what = `no listener of the ini names ${inWords(socket)}`;
        const advice =
          `write \`http = ${bound}\` or \`socket = ${bound}\`, or FileDescriptorName=http in the ` +
          'socket unit, or remove it from the socket unit';
        this.#problems.push({ kind: 'unnamed', what, advice });
      }
    }
  }

  result(): Adoption {
    return {
      sockets: this.#sockets,
      extra: this.#extra,
      notes: this.#notes,
      problems: this.#problems,
    };
  }

  /** The same address first; then one that takes the same clients and more. */
  #takeMatching(indexes: readonly number[], among: () => readonly PassedSocket[]): void {
    for (const matches of [isSame, isWider]) {
      for (const index of indexes) {
        const target = this.#wanted[index]?.target;
        if (target === undefined || !isAddress(target)) continue;
        for (const socket of among()) {
          const besides = this.#sockets[index]?.length ?? 0;
          if (matches(target, socket.facts.address, besides)) this.#take(index, socket);
        }
      }
    }
  }

  /** Neither has it a socket, nor is there one at its address. */
  #isWithout(index: number): boolean {
    const target = this.#wanted[index]?.target;
    if (target === undefined || !isAddress(target) || this.#sockets[index]?.length !== 0)
      return false;
    return ![...this.#free].some(({ facts: { address } }) => isThere(target, address));
  }

  #take(index: number, socket: PassedSocket): void {
    this.#sockets[index]?.push(socket);
    this.#free.delete(socket);
  }

  #takeExtra(option: string, socket: PassedSocket, why: string): void {
    this.#extra.push({ option, socket });
    this.#free.delete(socket);
    this.#notes.push(`${boundText(socket.facts.address)} is served as ${option}: ${why}`);
  }

  #indexes(isMeant: (wanted: WantedListener) => boolean): number[] {
    return this.#wanted.flatMap((wanted, index) => (isMeant(wanted) ? [index] : []));
  }
}
