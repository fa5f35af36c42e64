/** A date for a daemon that tests set: clocks of the monotonic kind go on as they do. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import type { Place } from './place.ts';

const source = path.join(import.meta.dirname, 'jumping-date.c');

/** Why it cannot be had, or false. */
export const cannotJump =
  spawnSync('cc', ['--version']).status !== 0 && 'there is no C compiler for a date that jumps';

export class JumpingDate {
  /** For the daemon. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: string;

  constructor(place: Place) {
    const library = place.path('jumping-date.so');
    const words = ['-shared', '-fPIC', '-o', library, source];
    const built = spawnSync('cc', words, { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    this.#file = place.path('later');
    this.environment = { LD_PRELOAD: library, JUMPED_DATE: this.#file };
  }

  /** The date is the real one and so many seconds. */
  goLater(seconds: number): void {
    fs.writeFileSync(`${this.#file}.new`, String(seconds));
    fs.renameSync(`${this.#file}.new`, this.#file);
  }

  /** The date is this, and goes on from there. */
  goTo(date: string): void {
    this.goLater(Math.round((Date.parse(date) - Date.now()) / 1000));
  }
}
