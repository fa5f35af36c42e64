/**
 * Carries out what signals and the master-fifo ask for, with uWSGI's letters; the meaning of
 * SIGTERM.
 *
 * SIGTERM stops. `die-on-term = false`, written out, makes it a reload as in old uWSGI, but never
 * under systemd: there it can only mean a stop, and a unit would hang until it is killed.
 */
import { constants as system } from 'node:os';

import type { Logger } from '../../log/logger.ts';
import { LogThrottle } from '../../log/throttle.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { readLetters, type LetterAction } from '../triggers/letters.ts';
import type { Configurations } from '../settings/configurations.ts';
import type { Logs } from './logs.ts';
import type { Reloads } from './reloads.ts';
import type { SignalRequest } from './signals.ts';
import {
  hooksOf,
  isSignalFunction,
  signalFunctions,
  type SignalFunction,
} from '../../tables/hooks/hooks.ts';

export interface ActionsParts {
  readonly daemon: Daemon;
  readonly reloads: Reloads;
  readonly logs: Logs;
  readonly configurations: Configurations;
  readonly logger: Logger;
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds on the monotonic clock. */
  readonly now: () => number;
  /** Writes the pidfiles again that are gone. */
  readonly writePidfiles: () => void;
}

export class Actions {
  readonly #parts: ActionsParts;
  readonly #isUnderSystemd: boolean;
  readonly #unknown = new LogThrottle();

  constructor(parts: ActionsParts) {
    this.#parts = parts;
    const { NOTIFY_SOCKET: socket = '', SYSTEMD_EXEC_PID: pid } = parts.environment;
    this.#isUnderSystemd = socket !== '' || pid === String(process.pid);
    if (this.#isUnderSystemd && parts.configurations.settings['die-on-term'] === false) {
      const sentence = 'die-on-term = false is ignored under systemd: SIGTERM stops';
      parts.logger.warn('signal.meaning', {}, sentence);
    }
  }

  take(request: SignalRequest): void {
    const { daemon, reloads } = this.#parts;
    switch (request) {
      case 'terminate':
        if (this.#isTermReload()) return reloads.request('SIGTERM, with die-on-term = false');
        return this.#stop('SIGTERM');
      case 'interrupt':
        return this.#interrupt();
      case 'quit':
        return this.#stop('SIGQUIT');
      case 'hang-up':
        return this.#stop('the terminal has gone');
      case 'reload':
        return reloads.request('SIGHUP');
      case 'suspend':
      case 'resume':
        return this.#suspend(request === 'suspend');
      case 'status':
        return daemon.logStatus();
      case 'child-ended':
        return daemon.reapOrphans();
      default:
        request satisfies never;
    }
  }

  /** Does what unix_signal of hook-master-start has made of it; false where it has not. */
  signal(signal: NodeJS.Signals): boolean {
    const number = system.signals[signal];
    const bound = hooksOf(this.#parts.configurations.settings, 'master-start')
      .filter(({ action, argument }) => {
        return action === 'unix_signal' && argument.startsWith(`${number} `);
      })
      .map(({ argument }) => argument.slice(argument.indexOf(' ') + 1))
      .findLast(isSignalFunction);
    if (bound === undefined) return false;
    this.#carryOut(signalFunctions[bound], `${signal} (unix_signal)`);
    return true;
  }

  #carryOut(action: (typeof signalFunctions)[SignalFunction], why: string): void {
    const { daemon, reloads, logs, logger } = this.#parts;
    switch (action) {
      case 'stop':
        return this.#stop(why);
      case 'stop-now':
        logger.info('stop.now', {}, `stopping at once: ${why}`);
        return daemon.stop('now', why);
      case 'reload':
      case 'brutal':
      case 'chain':
      case 'workers':
        return reloads.request(why, { how: action });
      case 'reopen':
        return logs.reopen();
      case 'rotate':
        return logs.rotate(why);
      case 'pause':
        return this.#suspend(!daemon.fleet.suspended);
      case 'sleep':
        return daemon.sleep(why);
      case 'status':
        return daemon.logStatus();
      default:
        action satisfies never;
    }
  }

  /** Letters of a master-fifo that came together. */
  letters(text: string): void {
    for (const { letters, action } of readLetters(text)) this.#letters(letters, action);
  }

  #letters(letters: string, action: LetterAction): void {
    const { daemon, reloads, logger } = this.#parts;
    const why = `command ${letters} of the master-fifo`;
    switch (action.kind) {
      case 'reload':
        return reloads.request(why, { how: action.how });
      case 'stop':
        return this.#stop(why);
      case 'stop-now':
        logger.info('stop.now', {}, `stopping at once: ${why}`);
        return daemon.stop('now', why);
      case 'status':
        return daemon.logStatus();
      case 'reopen':
        return this.#parts.logs.reopen();
      case 'rotate':
        return this.#parts.logs.rotate(why);
      case 'scale':
        return daemon.scaleBy(action.change);
      case 'sleep':
        return daemon.sleep(why);
      case 'pidfiles':
        return this.#parts.writePidfiles();
      case 'toggle-pause':
        return this.#suspend(!daemon.fleet.suspended);
      case 'nothing':
        return this.#without(letters, action.why);
      default:
        action satisfies never;
    }
  }

  /** A flood of them is logged once in a while. */
  #without(letters: string, why: string): void {
    const { logger, now } = this.#parts;
    if (why === '' && this.#unknown.count(now()) === 0) return;
    const list =
      'r reload, c chain reload, w reload workers, R and W without waiting, q stop, Q stop at once, ' +
      's status, l reopen logs, L rotate logs, p pause or resume, + and - one worker more or less, ' +
      'C no worker until the next request, P write pidfiles, 0 to 9 take commands from another fifo';
    const sentence =
      why === ''
        ? `the master-fifo has no command "${letters}": ${list}`
        : `command ${letters} of the master-fifo does nothing: ${why}`;
    logger.warn('fifo.unknown', {}, sentence);
  }

  /** A gateway has nothing to do: `die-on-idle`, unless something is coming up or going. */
  idle(): void {
    const { daemon, configurations } = this.#parts;
    const { 'die-on-idle': isMortal, idle } = configurations.settings;
    const { phase, gateways, generations } = daemon.fleet;
    const isSteady = phase === 'serving' && gateways.length === 1 && generations.length === 1;
    if (idle === 0 || !isSteady) return;
    if (isMortal) this.#stop(`no request for ${idle} s (die-on-idle)`);
    else daemon.sleep(`no request for ${idle} s (idle)`);
  }

  #isTermReload(): boolean {
    return !this.#isUnderSystemd && this.#parts.configurations.settings['die-on-term'] === false;
  }

  /** A second Ctrl-C ends it now. */
  #interrupt(): void {
    const { daemon, logger } = this.#parts;
    if (daemon.fleet.phase !== 'stopping') return this.#stop('SIGINT');
    logger.info('stop.now', {}, 'stopping at once');
    daemon.stop('now', 'a second SIGINT');
  }

  #stop(why: string): void {
    const { daemon } = this.#parts;
    if (daemon.fleet.phase === 'stopping' || daemon.fleet.phase === 'ended') return;
    daemon.stop('drain', why);
  }

  #suspend(suspended: boolean): void {
    const { daemon, logger } = this.#parts;
    const { phase } = daemon.fleet;
    if (daemon.fleet.suspended === suspended || phase === 'stopping' || phase === 'ended') return;
    const sentence = suspended
      ? 'suspended: requests wait until SIGCONT (--resume)'
      : 'resumed: waiting requests are served';
    logger.info(suspended ? 'daemon.suspended' : 'daemon.resumed', {}, sentence);
    daemon.suspend(suspended);
  }
}
