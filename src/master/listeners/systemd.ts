/**
 * What systemd has to do with our listeners: the sockets that it passed to us, and those of our own
 * that it keeps for the time in which no Reeve runs (a restart, a crash).
 */
import { closeSync } from 'node:fs';

import { serviceJob } from '../../base/libsystemd.ts';
import { probeUnixSocket } from '../../base/sockets/listening-sockets.ts';
import { readAddress } from '../../config/values/addresses.ts';
import type { Loaded } from '../../config/load.ts';
import type { Logger } from '../../log/logger.ts';
import type { FdStore } from '../../systemd/fd-store.ts';
import type { PassedDescriptor } from '../../systemd/listen-fds.ts';
import type { Settings } from '../../tables/options/options.ts';
import type { Passing } from './adopt.ts';
import { listenerProtocols, listenerRequests } from './wanted.ts';
import { sortInherited, storeName, type Inherited } from './inherited.ts';
import { closeListeners, unlinkSocket, type Reconciled } from './listeners.ts';
import type { Listener } from './open.ts';

export interface SystemdListenersParts {
  readonly passed: readonly PassedDescriptor[];
  readonly store: FdStore;
  readonly settings: Settings;
  readonly logger: Logger;
}

export class SystemdListeners {
  readonly #logger: Logger;
  readonly #store: FdStore;
  #inherited: Inherited;
  /** Closed at a stop; whether others still have them is checked when everything has ended. */
  #given: Listener[] = [];

  constructor({ passed, store, settings, logger }: SystemdListenersParts) {
    this.#logger = logger;
    this.#inherited = sortInherited(passed, askedDescriptors(settings));
    this.#store = store;
  }

  /** Whether systemd starts Reeve for a client that connects while it does not run. */
  get areActivated(): boolean {
    return this.#inherited.activated.length > 0;
  }

  /** What there is to be adopted, and what these settings make of it. */
  passing(settings: Settings, given: Loaded['given'], when: Passing['when']): Passing {
    return {
      inherited: this.#inherited,
      protocols: listenerProtocols(settings),
      isGiven: (option) => given.has(option),
      when,
    };
  }

  /** The start has its listeners: closes what was not asked for, and lets systemd keep the rest. */
  started(reconciled: Reconciled): void {
    const { activated, unknown } = this.#inherited;
    this.#inherited = { activated, stored: [], unknown: [] };
    for (const { fd, name, sentence } of unknown) {
      this.#drop(fd, name, `${sentence}: it is closed`);
    }
    for (const { fd, name } of reconciled.leftInStore) {
      this.#drop(fd, name, `the listener ${name} that systemd kept is asked for no more: closed`);
    }
    this.reconciled(reconciled);
  }

  /** Logs what was adopted, and lets systemd keep our own listeners. */
  reconciled({ listeners, notes, warnings }: Reconciled): void {
    for (const note of notes) this.#logger.info('listener.adopted', {}, note);
    for (const warning of warnings) this.#logger.warn('listener.warning', {}, warning);
    if (!this.#store.isOffered) return;
    const ours = listeners.filter((listener) => listener.keeper === 'reeve');
    // One that it has already is dropped by systemd: it compares.
    for (const listener of ours) this.#store.keep(storeName(listener), listener.fd);
    if (ours.length <= this.#store.most) return;
    const sentence =
      `FileDescriptorStoreMax=${this.#store.most} is less than the ${ours.length} listeners: the ` +
      'others refuse clients during a restart';
    this.#logger.warn('listener.not-kept', {}, sentence);
  }

  /** A reload gave these up: systemd is to keep them no longer. */
  forget(listeners: readonly Listener[]): void {
    if (!this.#store.isOffered) return;
    for (const listener of listeners) this.#store.remove(storeName(listener));
  }

  /**
   * A stop: closes them. The file of a unix socket that systemd may keep stays for now, so that
   * clients find it when the next Reeve runs; but not where systemd says that none will.
   */
  giveBack(listeners: readonly Listener[], settings: Settings): void {
    const files = settings.vacuum ? 'vacuum' : 'keep';
    const mayBeKept = this.#store.isOffered && !(settings.vacuum && serviceJob() === 'stop');
    const isKept = (listener: Listener): boolean =>
      mayBeKept && listener.keeper === 'reeve' && listener.address.kind === 'path';
    const kept = listeners.filter(isKept);
    if (settings.vacuum) this.#given.push(...kept);
    this.#close(kept, 'keep');
    const others = listeners.filter((listener) => !kept.includes(listener));
    this.#close(others, files);
  }

  /** Everything has ended: removes the files of sockets that systemd turns out not to keep. */
  vacuum(): void {
    for (const listener of this.#given) {
      if (listener.address.kind !== 'path') continue;
      if (probeUnixSocket({ kind: 'path', name: listener.address.path }) !== 'dead') continue;
      this.#sayProblems(unlinkSocket(listener));
    }
  }

  #close(listeners: readonly Listener[], files: 'keep' | 'vacuum'): void {
    this.#sayProblems(closeListeners(listeners, files));
  }

  #sayProblems(problems: readonly string[]): void {
    for (const problem of problems) this.#logger.warn('listener.problem', {}, problem);
  }

  #drop(fd: number, name: string, sentence: string): void {
    this.#logger.warn('listener.dropped', { fd, name }, sentence);
    this.#store.remove(name);
    closeSync(fd);
  }
}

/** The numbers of fd://3: a socket may be inherited from a parent that is not systemd. */
function askedDescriptors(settings: Settings): number[] {
  return listenerRequests(settings).flatMap(({ name }) => {
    const read = readAddress(name);
    return read.kind === 'passed' && read.socket.kind === 'fd' ? [read.socket.fd] : [];
  });
}
