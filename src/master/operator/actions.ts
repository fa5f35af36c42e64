/**
 * Carries out what signals and the master-fifo ask for, with uWSGI's letters; the meaning of
 * SIGTERM.
 *
 * SIGTERM stops. `die-on-term = false`, written out, makes it a reload as in old uWSGI, but never
 * under systemd: there it can only mean a stop, and a unit would hang until it is killed.
 */
import type { Logger } from '../../log/logger.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { Configurations } from '../settings/configurations.ts';
import type { Logs } from './logs.ts';
import type { Reloads } from './reloads.ts';
import type { SignalRequest } from './signals.ts';

export interface ActionsParts {
  readonly daemon: Daemon;
  readonly reloads: Reloads;
  readonly logs: Logs;
  readonly configurations: Configurations;
  readonly logger: Logger;
  readonly environment: NodeJS.ProcessEnv;
}

export class Actions {
  readonly #parts: ActionsParts;
  readonly #isUnderSystemd: boolean;

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

  /** One letter of a master-fifo. */
  command(letter: string): void {
    const { daemon, reloads, logger } = this.#parts;
    switch (letter) {
      case 'r':
      case 'R':
      case 'c':
      case 'w':
      case 'W':
        return reloads.request(`command ${letter} of the master-fifo`);
      case 'q':
        return this.#stop('command q of the master-fifo');
      case 'Q':
        logger.info('stop.now', {}, 'stopping at once: command Q of the master-fifo');
        return daemon.stop('now', 'command Q of the master-fifo');
      case 's':
        return daemon.logStatus();
      case 'l':
        return this.#parts.logs.reopen();
      case 'L':
        return this.#parts.logs.rotate('command L of the master-fifo');
      case '+':
      case '-':
        return daemon.scaleBy(letter === '+' ? 1 : -1);
      case 'C':
        return daemon.sleep('command C of the master-fifo');
      case 'p':
        return this.#suspend(!daemon.fleet.suspended);
      default: {
        const sentence = `the master-fifo has no command "${letter}": r reload, q stop, Q stop at once, s status, l reopen logs, L rotate logs, p pause or resume, + and - one worker more or less, C no worker until the next request`;
        logger.warn('fifo.unknown', {}, sentence);
      }
    }
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
