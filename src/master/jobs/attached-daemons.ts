/**
 * The attached daemons that run: carries out what supervision/jobs/daemons.ts decides, through a
 * keeper for each.
 */
import { resolve } from 'node:path';

import type { Clock } from '../../base/clock.ts';
import { FileWatch } from '../../watching/file-watch.ts';
import type { AttachedDaemon } from '../../supervision/jobs/terms.ts';
import type { Logger } from '../../log/logger.ts';
import type { DaemonView } from '../../protocol/snapshot.ts';
import {
  newDaemons,
  nextDaemonDeadline,
  stepDaemons,
  type DaemonEffect,
  type DaemonEvent,
  type DaemonNews,
} from '../../supervision/jobs/daemons.ts';
import type { ChildEnd } from '../children/spawn.ts';
import { runKept, type KeeperParts, type KeptCommand } from './keeper.ts';
import { processNamedBy } from './named-process.ts';

/** What a configuration says of how commands are run. */
export interface CommandTerms extends Pick<KeeperParts, 'python' | 'environment'> {
  readonly directory: string;
  readonly commandEnvironment: Readonly<Record<string, string>>;
  /** The complete title of a process that is called so. */
  readonly titleOf: (name: string) => string;
}

export interface AttachedDaemonsParts extends Pick<
  KeeperParts,
  'program' | 'lifelineFd' | 'logFd'
> {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly describe: (end: ChildEnd) => string;
  readonly onControlEnded: (name: string) => void;
}

export class AttachedDaemons {
  readonly #parts: AttachedDaemonsParts;
  #daemons = newDaemons();
  #terms: CommandTerms | undefined;
  readonly #kept = new Map<number, KeptCommand>();
  readonly #queue: DaemonEvent[] = [];
  #isTurning = false;
  readonly #touched = new FileWatch();
  #onGone = (): void => {};

  constructor(parts: AttachedDaemonsParts) {
    this.#parts = parts;
  }

  /** Starts what is new, starts again what has to be, ends what is not wanted any more. */
  want(daemons: readonly AttachedDaemon[], terms: CommandTerms): void {
    this.#terms = terms;
    if (daemons.length === 0 && this.#daemons.phase === 'idle') return;
    this.#touched.watch(daemons.flatMap(({ touch }) => touch.map((path) => this.#path(path))));
    this.#post({ kind: 'wanted', daemons });
  }

  /** Looks at the files of `touch`. */
  look(): void {
    for (const file of this.#touched.look()) {
      for (const { number, terms } of this.#daemons.daemons) {
        const isOne = terms.touch.some((path) => this.#path(path) === file);
        if (isOne) this.#post({ kind: 'touched', number, file });
      }
    }
  }

  /** Ends them; resolves when all have gone that end with Reeve. */
  stop(limitMs: number): Promise<void> {
    return new Promise((resolve_) => {
      this.#onGone = resolve_;
      this.#post({ kind: 'stop', limitMs });
    });
  }

  get isAnyRunning(): boolean {
    return this.#daemons.daemons.length > 0;
  }

  get counts(): { readonly up: number; readonly all: number } {
    const { daemons } = this.#daemons;
    const up = daemons.filter((each) => each.state === 'up' || each.watchedPid !== undefined);
    return { up: up.length, all: daemons.length };
  }

  views(): readonly DaemonView[] {
    const nowMs = this.#parts.clock.now();
    return this.#daemons.daemons.map((daemon) => ({
      name: daemon.terms.name,
      command: daemon.terms.command,
      pid: (daemon.terms.pidfile === '' ? daemon.pid : daemon.watchedPid) ?? null,
      state: daemon.watchedPid === undefined ? daemon.state : 'up',
      ageSeconds: Math.max(Math.round((nowMs - daemon.sinceMs) / 100) / 10, 0),
      starts: daemon.starts,
      outlivesReeve: daemon.terms.pidfile !== '',
      lastEnd: daemon.lastEnd,
    }));
  }

  #post(event: DaemonEvent): void {
    this.#queue.push(event);
    if (this.#isTurning) return;
    this.#isTurning = true;
    const { clock } = this.#parts;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { daemons, effects } = stepDaemons(this.#daemons, next, clock.now());
      this.#daemons = daemons;
      for (const effect of effects) this.#carryOut(effect);
    }
    this.#isTurning = false;
    clock.setAlarm(nextDaemonDeadline(this.#daemons), () => this.#post({ kind: 'time' }));
  }

  #carryOut(effect: DaemonEffect): void {
    if (effect.kind === 'all-gone') return this.#onGone();
    const { number, terms } = effect;
    switch (effect.kind) {
      case 'start':
        return this.#start(number, terms);
      case 'end':
        return this.#kept.get(number)?.end(effect.signal, effect.limitMs);
      case 'kill':
        return this.#kept.get(number)?.kill();
      case 'release':
        return this.#kept.get(number)?.release();
      case 'look': {
        const pid = processNamedBy(this.#path(terms.pidfile));
        return this.#post({ kind: 'looked', number, pid });
      }
      case 'notify':
        return signalGroup(effect.pid, effect.signal);
      case 'control-ended':
        return this.#parts.onControlEnded(terms.name);
      case 'say':
        return sayNews(this.#parts.logger, terms, effect.what);
      default:
        effect satisfies never;
    }
  }

  #start(number: number, daemon: AttachedDaemon): void {
    const { logger, describe, program, lifelineFd, logFd } = this.#parts;
    const terms = this.#terms;
    if (terms === undefined) throw new Error('believed that daemons are started with terms');
    const { python, environment } = terms;
    const { name } = daemon;
    let how = '';
    const isDetached = daemon.pidfile !== '';
    const kept = runKept(
      { python, program, lifelineFd, logFd, environment },
      {
        type: 'run',
        title: terms.titleOf(`daemon ${name}`),
        mode: isDetached ? 'detached' : 'daemon',
        argv: ['/bin/sh', '-c', daemon.command],
        environment: terms.commandEnvironment,
        directory: this.#path(daemon.directory),
        uid: daemon.uid,
        gid: daemon.gid,
        pidfile: daemon.isPutInBackground ? this.#path(daemon.pidfile) : '',
        input: daemon.input,
      },
      {
        onStarted: (pid) => this.#post({ kind: 'started', number, pid }),
        onLine: (line) => logger.info('daemon.output', { daemon: name }, line),
        onEnded: (end) => {
          how = describe(end);
        },
        onGone: (problem) => {
          this.#kept.delete(number);
          this.#post({ kind: 'ended', number, how: problem === '' ? how : problem });
        },
      },
    );
    this.#kept.set(number, kept);
  }

  #path(path: string): string {
    return resolve(this.#terms?.directory ?? '/', path);
  }
}

function signalGroup(pid: number, signal: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // It leads no group, or has ended meanwhile.
    }
  }
}

function sayNews(
  logger: Logger,
  { name, command, pidfile }: AttachedDaemon,
  news: DaemonNews,
): void {
  const fields = { daemon: name };
  switch (news.kind) {
    case 'started':
      return logger.info(
        'daemon.started',
        { ...fields, pid: news.pid },
        `daemon ${name} runs as pid ${news.pid}: ${command}`,
      );
    case 'adopted':
      return logger.info(
        'daemon.adopted',
        { ...fields, pid: news.pid },
        `daemon ${name} was running already, as pid ${news.pid} of ${pidfile}`,
      );
    case 'ended': {
      const again =
        news.againInMs === undefined ? '' : `; it is started again in ${news.againInMs / 1000} s`;
      return logger.warn('daemon.ended', fields, `daemon ${name} ${news.how}${again}`);
    }
    case 'stopped':
      return logger.info('daemon.ended', fields, `daemon ${name} has ended, as it was asked to`);
    case 'left':
      return logger.info(
        'daemon.left',
        { ...fields, pid: news.pid },
        `daemon ${name} goes on as pid ${news.pid} of ${pidfile}: the next Reeve finds it there`,
      );
    case 'touched':
      return logger.info(
        'daemon.touched',
        fields,
        `${news.file} has been touched: daemon ${name} is started again`,
      );
    default:
      news satisfies never;
  }
}
