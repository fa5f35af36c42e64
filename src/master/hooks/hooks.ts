/**
 * The points of the master at which hooks run, one hook after the other; the first that fails ends
 * its point. What they put into the environment is the master's, so that the application has it.
 */
import type { Timers } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import type { Logger } from '../../log/logger.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { hooksOf, type Hook, type MasterPoint } from '../../tables/hooks/hooks.ts';
import type { Settings } from '../../tables/options/options.ts';
import { doHook, type HookWorld } from './actions.ts';

export interface HooksParts {
  readonly logger: Logger;
  readonly timers: Timers;
  /** Where hooks are in the beginning. */
  readonly directory: string;
  /** What their commands find in the environment. */
  readonly environmentOf: (
    settings: Settings,
    directory: string,
  ) => Readonly<Record<string, string>>;
}

/** Before anything else of ours listens to them: they end a start that a hook holds up. */
const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export class Hooks {
  readonly #parts: HooksParts;
  readonly #startedAs = process.geteuid?.();
  #directory: string;
  #isUserPointDone = false;
  readonly #running = new Set<HookWorld>();

  constructor(parts: HooksParts) {
    this.#parts = parts;
    this.#directory = parts.directory;
  }

  /** Where a `cd` has led. */
  get directory(): string {
    return this.#directory;
  }

  /** At a start: a signal ends it. @throws OperatorError where a hook fails. */
  async atStart(points: readonly MasterPoint[], settings: Settings): Promise<void> {
    for (const point of points) {
      for (const hook of this.#due(point, settings)) {
        await interruptible((world) => this.#run(hook, point, settings, world));
      }
    }
    if (points.includes('as-user')) this.#isUserPointDone = true;
  }

  /** Again at a reload; what needs the user of the start only where that has not changed. */
  async atReload(settings: Settings): Promise<void> {
    const isSameUser = process.geteuid?.() === this.#startedAs;
    const points = isSameUser
      ? (['asap', 'in-jail', 'as-root', 'as-user'] as const)
      : (['as-user'] as const);
    for (const point of points) {
      for (const hook of this.#due(point, settings)) await this.#run(hook, point, settings);
    }
  }

  /** Those of one point, while the daemon runs. */
  async at(point: 'master-start', settings: Settings): Promise<void> {
    for (const hook of this.#due(point, settings)) await this.#run(hook, point, settings);
  }

  /** Ends what runs still; nothing else is started but what is for the end. */
  cut(): void {
    for (const world of this.#running) world.cut?.('was ended, as Reeve ends');
  }

  /** At the end all of them run; a failure is logged. */
  async atExit(settings: Settings): Promise<void> {
    if (!this.#isUserPointDone) return;
    for (const hook of hooksOf(settings, 'as-user-atexit')) {
      await this.logged(hook, 'as-user-atexit', settings);
    }
  }

  /** Runs one of hook-touch, or of the end. */
  async logged(hook: Hook, point: string, settings: Settings): Promise<void> {
    try {
      await this.#run(hook, point, settings);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#parts.logger.error('hook.failed', { point }, error.message);
    }
  }

  #due(point: MasterPoint, settings: Settings): readonly Hook[] {
    const isSkipped = point === 'as-root' && process.geteuid?.() !== 0;
    return isSkipped ? [] : hooksOf(settings, point);
  }

  async #run(
    hook: Hook,
    point: string,
    settings: Settings,
    onWorld: (world: HookWorld) => void = () => {},
  ): Promise<void> {
    const { logger, timers } = this.#parts;
    logger.info('hook.running', { point }, `running ${hook.shown} (${point})`);
    const world: HookWorld = {
      directory: this.#directory,
      environment: () => this.#parts.environmentOf(settings, this.#directory),
      outputFd: 2,
      timers,
      limitMs: settings['hook-timeout'] * 1000,
      say: (sentence) => logger.info('hook.said', { point }, sentence),
      cut: undefined,
    };
    onWorld(world);
    this.#running.add(world);
    const failure = await doHook(hook, world);
    this.#running.delete(world);
    this.#directory = world.directory;
    if (failure === undefined) return;
    const what =
      failure.kind === 'exit'
        ? `the hook ${hook.shown} (${point}) ends Reeve with ${failure.code}`
        : `the hook ${hook.shown} (${point}) ${failure.why}`;
    const exitCode = failure.kind === 'exit' ? failure.code : exitCodes.unavailable;
    throw new OperatorError({ what, where: hook.origin, exitCode });
  }
}

/** While it runs, SIGTERM and its like end it and the start; nothing of it is left. */
async function interruptible(run: (onWorld: (world: HookWorld) => void) => Promise<void>) {
  let running: HookWorld | undefined;
  let by: string | undefined;
  const handlers = endingSignals.map((signal) => {
    const handler = (): void => {
      by = signal;
      running?.cut?.(`was ended by ${signal} to Reeve`);
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  try {
    await run((world) => (running = world));
    if (by === undefined) return;
    throw new OperatorError({ what: `stopped by ${by}`, exitCode: exitCodes.stopped });
  } catch (error) {
    if (by === undefined || !(error instanceof OperatorError)) throw error;
    throw new OperatorError({
      what: `stopped by ${by}: ${error.message}`,
      exitCode: exitCodes.stopped,
    });
  } finally {
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
  }
}
