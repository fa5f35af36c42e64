/** Small file systems in memory, for tests by root; they are taken away also when a test fails. */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why a test with a mount is skipped; false for root. */
export const cannotMount = process.getuid?.() !== 0 && 'needs root';

/** A file system with these options (`size=1m`); it ends with the block that has it (`using`). */
export class SmallDisk implements Disposable {
  /** With a blank in it, which no code may stumble over. */
  readonly path = mkdtempSync(join(tmpdir(), 'reeve small disk-'));

  constructor(options: string) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.path]);
    chmodSync(this.path, 0o1777);
    mounted.add(this);
  }

  remount(options: string): void {
    execFileSync('mount', ['-o', `remount,${options}`, this.path]);
  }

  [Symbol.dispose](): void {
    if (!mounted.delete(this)) return;
    execFileSync('umount', ['--lazy', this.path]);
    rmSync(this.path, { recursive: true });
  }
}

const mounted = new Set<SmallDisk>();
process.on('exit', () => mounted.forEach((disk) => disk[Symbol.dispose]()));
