/**
 * The spool: what is too large for memory waits in files without names, in one directory. All of
 * them together have a limit.
 *
 * The directory is the first of Python's that can be used. When it fails, it is chosen again; the
 * file that has met the failure is lost, the next ones go to the new directory. The free space is
 * asked for at most once a second, and never waited for longer than that. All calls go to threads:
 * a slow disk holds up those who need it.
 */

import { statfs } from 'node:fs';

import type { Timers } from '../../base/clock.ts';
import {
  findTemporaryDirectory,
  foundInWords,
  freeBytesOf,
  openUnlinked,
  roomWanted,
  unusableInWords,
  whyNot,
} from '../../temporary/directories.ts';
import type { TemporaryDirectory, Unusable } from '../../temporary/directories.ts';
import type { Logger } from '../../log/logger.ts';
import { OpenFile } from '../files/open-file.ts';
import { inUnits, roomFor, spoolLimit } from './limit.ts';
import type { SpoolState, SpoolUse, Wish } from './limit.ts';
import { SpoolProblem } from './problem.ts';
import { SpoolFile } from './spool-file.ts';

/** How old the free space that is known may be, and how long a newer one is waited for. */
const LOOK_MS = 1_000;
/** How long a directory that is not the first one is used before the first is tried again. */
const RETURN_MS = 60_000;
/** Where the file system does not tell its size, as ramfs. */
const UNKNOWN_FREE_BYTES = 1024 * 1024 * 1024;
/** A response that waits for room needs about so much. */
const WAITING_BYTES = 256 * 1024;

export interface SpoolParts {
  /** In the order in which they are tried. */
  readonly directories: readonly string[];
  /** `spool-max`; 0: half of what is free. */
  readonly optionBytes: number;
  readonly log: Logger;
  readonly timers: Timers;
}

export type Opened = (problem: SpoolProblem | null, file?: SpoolFile) => void;

export class Spool {
  readonly #parts: SpoolParts;
  #directory: string | undefined;
  #unusable: readonly Unusable[] = [];
  #choosing: Promise<void> | undefined;
  #chosenAtMs = -Infinity;
  #usedBytes = 0;
  #files = 0;
  #freeBytes = 0;
  #lookedAtMs = -Infinity;
  #looking: Promise<void> | undefined;
  /** Responses that wait for room, the first one first. */
  readonly #waiting = new Set<() => void>();
  #isWatching = false;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
  }

  /** Finds the directory. Resolves also where none can be used: not every request needs one. */
  start(): Promise<void> {
    return this.#choose();
  }

  /** For `reeve status`. */
  get view() {
    const limitBytes = spoolLimit(this.#state);
    const [bytes, files, directory] = [this.#usedBytes, this.#files, this.#directory ?? ''];
    if (!this.#isFresh) void this.#look();
    return { bytes, files, limitBytes, directory };
  }

  /** Calls `decide` with why there is no room for a body of this size, or with undefined. */
  ask(lengthBytes: number, decide: (problem: SpoolProblem | undefined) => void): void {
    const wish = { use: 'body', moreBytes: lengthBytes, wholeBytes: lengthBytes } as const;
    this.#whenLooked(() => {
      const problem = this.#noRoom(wish);
      if (this.#isHopeless(problem)) void this.#choose().then(() => decide(this.#noRoom(wish)));
      else decide(problem);
    });
  }

  /** Opens a file, with room for its first bytes. */
  open(use: SpoolUse, bytes: number, done: Opened): void {
    const { timers, directories } = this.#parts;
    const isFallback = this.#directory !== undefined && this.#directory !== directories[0];
    if (isFallback && timers.now() - this.#chosenAtMs > RETURN_MS) void this.#choose();
    this.#whenLooked(() => this.#open({ use, moreBytes: bytes, wholeBytes: bytes }, 'first', done));
  }

  /** Calls `proceed` once, when there may be room for a response again. */
  whenRoom(proceed: () => void): void {
    this.#waiting.add(proceed);
    this.#watch();
  }

  /** `proceed` does not wait any more. */
  forget(proceed: () => void): void {
    this.#waiting.delete(proceed);
  }

  get #state(): SpoolState {
    const { optionBytes } = this.#parts;
    return { optionBytes, usedBytes: this.#usedBytes, freeBytes: this.#freeBytes };
  }

  /** Another directory may have room; the last look at them all was not just now. */
  #isHopeless(problem: SpoolProblem | undefined): boolean {
    if (problem === undefined || !this.#mayChooseAgain) return false;
    return (problem.status === 507 && problem.code !== '') || this.#isScarce;
  }

  /** Others have filled the disk. */
  get #isScarce(): boolean {
    return this.#freeBytes < roomWanted(this.#parts.optionBytes);
  }

  get #mayChooseAgain(): boolean {
    return this.#parts.timers.now() - this.#chosenAtMs > LOOK_MS;
  }

  get #isFresh(): boolean {
    return this.#parts.timers.now() - this.#lookedAtMs < LOOK_MS;
  }

  #open(wish: Wish, attempt: 'first' | 'second', done: Opened): void {
    const directory = this.#directory;
    const again = (): void => {
      void this.#choose().then(() => this.#open(wish, 'second', done));
    };
    const noRoom = this.#take(wish);
    if (attempt === 'first' && this.#isHopeless(noRoom)) return again();
    if (noRoom !== undefined || directory === undefined) return done(noRoom ?? null);
    openUnlinked(directory, `reeve-${wish.use}-`, (error, fd) => {
      if (error === null) {
        this.#files += 1;
        return done(
          null,
          new SpoolFile(new OpenFile(fd), wish.moreBytes, this.#account(wish.use, directory)),
        );
      }
      this.#giveBack(wish.moreBytes);
      const problem = SpoolProblem.refused({ directory, ...whyNot(error) });
      if (attempt === 'second' || problem.status === 503) return done(problem);
      again();
    });
  }

  #account(use: SpoolUse, directory: string) {
    return {
      take: (moreBytes: number, wholeBytes: number) => this.#take({ use, moreBytes, wholeBytes }),
      giveBack: (bytes: number) => this.#giveBack(bytes),
      closed: (bytes: number) => {
        this.#files -= 1;
        this.#giveBack(bytes);
      },
      failed: (error: Error) => {
        // The free space that is known was wrong, and the directory may have gone bad.
        this.#lookedAtMs = -Infinity;
        if (this.#mayChooseAgain) void this.#choose();
        return SpoolProblem.refused({ directory, ...whyNot(error) });
      },
    };
  }

  #take(wish: Wish): SpoolProblem | undefined {
    if (wish.moreBytes === 0) return undefined;
    const problem = this.#noRoom(wish);
    if (problem === undefined) this.#usedBytes += wish.moreBytes;
    if (problem === undefined) this.#freeBytes -= wish.moreBytes;
    if (!this.#isFresh) void this.#look();
    return problem;
  }

  #giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#freeBytes += bytes;
    this.#wake();
  }

  #noRoom(wish: Wish): SpoolProblem | undefined {
    const directory = this.#directory;
    if (directory === undefined) return SpoolProblem.nowhere(this.#unusable);
    const why = roomFor(wish, this.#state);
    if (why === undefined) return undefined;
    const [free, used] = [inUnits(this.#freeBytes), inUnits(this.#usedBytes)];
    const limit = inUnits(spoolLimit(this.#state));
    const sentences = {
      'disk-full': `the disk is full (ENOSPC): ${directory} has ${free} free`,
      'too-large': `${inUnits(wish.wholeBytes)} do not fit into the spool: ${limit} (spool-max) in ${directory}, where ${free} are free`,
      'spool-full': `the spool is full: ${used} of ${limit} (spool-max) in ${directory}, where ${free} are free`,
    };
    return SpoolProblem.noRoom(why, directory, sentences[why]);
  }

  /** Lets responses that wait store again, the first one first, while there is room. */
  #wake(): void {
    const wish = { use: 'response', moreBytes: WAITING_BYTES, wholeBytes: 0 } as const;
    if (this.#waiting.size === 0 || roomFor(wish, this.#state) !== undefined) return;
    for (const proceed of [...this.#waiting]) {
      if (roomFor(wish, this.#state) !== undefined) return;
      this.#waiting.delete(proceed);
      proceed();
    }
  }

  /** Others may give space back too: looks once a second while responses wait. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#parts.timers.after(LOOK_MS, () => {
      this.#isWatching = false;
      if (this.#waiting.size === 0) return;
      this.#watch();
      if (this.#isScarce && this.#mayChooseAgain) void this.#choose();
      else void this.#look();
    });
  }

  #whenLooked(proceed: () => void): void {
    if (this.#isFresh) proceed();
    else void this.#look().then(proceed);
  }

  /** Asks for the free space; resolves when it is known, or when it has been waited for. */
  #look(): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) return Promise.resolve();
    this.#looking ??= new Promise<void>((resolve) => {
      const stopWaiting = this.#parts.timers.after(LOOK_MS, resolve);
      statfs(directory, (error, stats) => {
        stopWaiting();
        this.#looking = undefined;
        // Where it cannot be asked, the next open or write tells why.
        if (error === null) this.#freeBytes = knownOr(freeBytesOf(stats), UNKNOWN_FREE_BYTES);
        this.#lookedAtMs = this.#parts.timers.now();
        this.#wake();
        resolve();
      });
    });
    return this.#looking;
  }

  #choose(): Promise<void> {
    const { directories, timers } = this.#parts;
    const roomBytes = roomWanted(this.#parts.optionBytes);
    this.#choosing ??= findTemporaryDirectory(directories, roomBytes, timers).then(
      async (found) => {
        this.#chosenAtMs = timers.now();
        const isOther = this.#directory !== found.directory || found.directory === undefined;
        this.#directory = found.directory;
        if (isOther) this.#say(found);
        this.#unusable = found.unusable;
        await this.#look();
        this.#choosing = undefined;
      },
    );
    return this.#choosing;
  }

  #say(found: TemporaryDirectory): void {
    const { log } = this.#parts;
    const { directory, unusable } = found;
    const errno = unusable[0]?.code ?? '';
    if (directory === undefined) {
      if (unusableInWords(unusable) === unusableInWords(this.#unusable)) return;
      log.error('spool.no-directory', { errno }, foundInWords(found));
    } else if (unusable.length > 0) {
      log.warn('spool.directory', { errno, directory }, foundInWords(found));
    } else if (this.#unusable.length > 0) {
      const sentence = `large request bodies and responses wait in ${directory} again`;
      log.info('spool.directory', { directory }, sentence);
    }
  }
}

function knownOr(bytes: number, otherwise: number): number {
  return Number.isFinite(bytes) ? bytes : otherwise;
}
