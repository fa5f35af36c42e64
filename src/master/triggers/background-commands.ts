/**
 * Commands that run beside the daemon, for touch-exec: by /bin/sh, each at most once at a time, and
 * not longer than `hook-timeout`.
 */
import type { Timers } from '../../base/clock.ts';
import type { Logger } from '../../log/logger.ts';
import { runShell, type ShellRun } from '../children/shell.ts';
import type { Configurations } from '../settings/configurations.ts';

export interface BackgroundCommandsParts {
  readonly configurations: Configurations;
  readonly logger: Logger;
  readonly timers: Timers;
  /** What a command has as descriptors 1 and 2. */
  readonly outputFd: number;
}

interface Running {
  readonly run: ShellRun;
  /** It was asked for once more meanwhile, and why. */
  again: string | undefined;
}

export class BackgroundCommands {
  readonly #parts: BackgroundCommandsParts;
  readonly #running = new Map<string, Running>();
  #isClosed = false;

  constructor(parts: BackgroundCommandsParts) {
    this.#parts = parts;
  }

  /** Runs it now, or once more after the run that goes on. */
  run(command: string, why: string): void {
    const before = this.#running.get(command);
    if (before !== undefined) {
      before.again = why;
      return;
    }
    if (!this.#isClosed) void this.#start(command, why);
  }

  /** Ends what runs still. */
  close(): void {
    this.#isClosed = true;
    for (const { run } of this.#running.values()) run.kill('Reeve ends');
  }

  async #start(command: string, why: string): Promise<void> {
    const { configurations, logger, timers, outputFd } = this.#parts;
    logger.info('command.started', { command }, `${why}: running ${command}`);
    const { directory, environment, settings } = configurations.inForce;
    const limitMs = settings['hook-timeout'] * 1000;
    const run = runShell({ command, directory, environment, outputFd, limitMs, timers });
    const running: Running = { run, again: undefined };
    this.#running.set(command, running);
    const failure = await run.ended;
    this.#running.delete(command);
    if (failure !== undefined) {
      logger.error('command.failed', { command }, `${why}: ${command} ${failure}`);
    }
    if (running.again !== undefined) this.run(command, running.again);
  }
}
