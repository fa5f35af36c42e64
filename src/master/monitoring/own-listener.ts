/**
 * A listener of the master's own, across reloads: the one that a configuration asks for is opened
 * when that comes into force. A new address that cannot be opened leaves the old one.
 */
import { asOperatorError } from '../../base/system-error.ts';
import type { Logger } from '../../log/logger.ts';
import type { Settings } from '../../tables/options/options.ts';
import {
  bringIntoForce,
  closeListeners,
  reconcileListeners,
  unlinkSocket,
} from '../listeners/listeners.ts';
import type { Listener } from '../listeners/open.ts';
import { listenerTerms, ownRequest, type OwnOption } from '../listeners/wanted.ts';
import type { NextUser } from '../start/privileges.ts';

const problems: Readonly<Record<OwnOption, string>> = {
  stats: 'stats.problem',
  metrics: 'metrics.problem',
};

/** Serves the clients of a listener; closing it closes the listener too. */
export interface OwnServer {
  readonly close: () => void;
}

export interface OwnListenerParts {
  readonly option: OwnOption;
  readonly settings: Settings;
  readonly user: NextUser | undefined;
  readonly logger: Logger;
  readonly serve: (listener: Listener) => OwnServer;
}

export class OwnListener {
  readonly #parts: OwnListenerParts;
  #listener: Listener | undefined;
  #server: OwnServer | undefined;
  #isServed = false;
  #following = Promise.resolve();

  private constructor(parts: OwnListenerParts) {
    this.#parts = parts;
  }

  /** Opens the listener, if there is to be one; throws an OperatorError where it cannot be. */
  static async open(parts: OwnListenerParts): Promise<OwnListener> {
    const own = new OwnListener(parts);
    own.#listener = await own.#wanted(parts.settings);
    return own;
  }

  /** From now on clients are served. */
  start(): void {
    this.#isServed = true;
    if (this.#listener !== undefined) this.#server = this.#parts.serve(this.#listener);
  }

  /** A configuration has come into force. */
  follow(settings: Settings): void {
    this.#following = this.#following.then(() => this.#follow(settings));
  }

  /** `vacuum`: the file of a unix socket is removed. */
  close(files: 'keep' | 'vacuum'): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener === undefined) return;
    // A server closes its descriptor.
    if (this.#server === undefined) return void closeListeners([listener], files);
    this.#server.close();
    this.#server = undefined;
    if (files === 'vacuum') unlinkSocket(listener);
  }

  async #follow(settings: Settings): Promise<void> {
    const { option, logger } = this.#parts;
    const before = this.#listener;
    try {
      const next = await this.#wanted(settings);
      if (next !== undefined) bringIntoForce([next]);
      if (next?.fd === before?.fd) return void (this.#listener = next);
      this.close('vacuum');
      this.#listener = next;
      if (this.#isServed) this.start();
    } catch (error) {
      const refusal = asOperatorError(error);
      if (refusal === undefined) throw error;
      const rest = before === undefined ? `there are no ${option}` : `${before.bound} goes on`;
      logger.error(problems[option], {}, `${refusal.message}; ${rest}`);
    }
  }

  /** The one that is open already where that is meant. */
  async #wanted(settings: Settings): Promise<Listener | undefined> {
    const { option, user } = this.#parts;
    const request = ownRequest(settings, option);
    if (request === undefined) return undefined;
    const old = this.#listener === undefined ? [] : [this.#listener];
    const { listeners } = await reconcileListeners(old, [request], listenerTerms(settings, user));
    return listeners[0];
  }
}
