/**
 * A log file. This process alone writes to it, so that a rotation loses no line and none goes to
 * the file that was renamed: between two writes the file is renamed, and the next one goes to the
 * new file.
 *
 * A full disk costs lines, which are counted, and nothing else. Where a file cannot be renamed or
 * opened again, lines go on to the one that is open.
 */
import { closeSync, fchmodSync, fstatSync, renameSync, statSync, write } from 'node:fs';

import type { Clocks } from '../../base/clock.ts';
import { openLogFile, renameLog } from '../../base/files/log-file.ts';
import { reasonOf } from '../../base/system-error.ts';
import { LineQueue } from './line-queue.ts';
import { LossReport, lossNotice, untilDone, type LineTarget, type Reporter } from './target.ts';

export interface FileTargetParts {
  readonly path: string;
  /** Its descriptor, as root has opened it: used where it cannot be opened by its path. */
  readonly fd: number | undefined;
  readonly maxBytes: number;
  readonly backupName: string;
  readonly mode: number | undefined;
  readonly reporter: Reporter;
  readonly clocks: Clocks;
}

const WRITE_MAX_BYTES = 256 * 1024;
const RETRY_MS = 100;
/** After a rotation that failed. */
const ROTATE_AGAIN_MS = 60_000;
const OPEN_AGAIN_MS = 10_000;
const NEWLINE = Buffer.from('\n');
/**
 * A rotation for its size is reported where the file may be as large as this, or as so many times
 * the length of the names in the report: the report may be a line of the same file, and would else
 * fill it, so that it is rotated and reported again, for ever.
 */
const REPORTED_MIN_BYTES = 4_096;
const REPORTED_MIN_NAMES = 16;

export class FileTarget implements LineTarget {
  readonly takesMany = true;
  readonly #parts: FileTargetParts;
  readonly #queue = new LineQueue();
  readonly #loss: LossReport;
  #fd: number | undefined;
  #isBusy = false;
  #isTorn = false;
  /** A file that cannot be opened is tried often, and reported once. */
  #isOpenReported = false;
  #due: 'nothing' | 'reopen' | 'rotate' = 'nothing';
  #rotateFromMs = -Infinity;

  constructor(parts: FileTargetParts) {
    this.#parts = parts;
    this.#loss = new LossReport(parts.path, parts.reporter);
    this.#fd = parts.fd;
    if (parts.fd === undefined || !isAtPath(parts.fd, parts.path)) this.#open();
  }

  get dropped(): number {
    return this.#queue.dropped;
  }

  write(lines: Buffer): void {
    if (!this.#queue.push(lines)) this.#loss.lost('it is too slow');
    this.#next();
  }

  reopen(): void {
    if (this.#due === 'nothing') this.#due = 'reopen';
    this.#next();
  }

  rotate(): void {
    this.#due = 'rotate';
    this.#next();
  }

  flush(): Promise<void> {
    return untilDone(this.#parts.clocks, () => this.#queue.bytes === 0 && !this.#isBusy);
  }

  #next(): void {
    if (this.#isBusy) return;
    this.#settleDue();
    if (this.#queue.bytes === 0) return;
    if (this.#fd === undefined) return this.#waitForFile();
    this.#makeRoom(this.#fd);
    const lost = this.#queue.droppedUnreported;
    const batch = this.#queue.take(this.#roomBytes(this.#fd));
    const before = [...(this.#isTorn ? [NEWLINE] : []), ...(lost > 0 ? [lossNotice(lost)] : [])];
    this.#put(before.length > 0 ? Buffer.concat([...before, batch]) : batch, 0, batch);
  }

  #put(bytes: Buffer, offset: number, batch: Buffer): void {
    this.#isBusy = true;
    write(this.#fd ?? -1, bytes, offset, bytes.length - offset, null, (error, written) => {
      this.#isBusy = false;
      if (error !== null) return this.#failed(error, { bytes, offset, batch });
      const end = offset + written;
      if (end < bytes.length) return this.#put(bytes, end, batch);
      this.#isTorn = false;
      if (this.#queue.droppedUnreported > 0) {
        this.#loss.over(this.#queue.droppedUnreported);
        this.#queue.droppedUnreported = 0;
      }
      this.#next();
    });
  }

  /** A full disk: what is not written of these lines is lost, later ones may not be. */
  #failed(
    error: Error,
    {
      bytes,
      offset,
      batch,
    }: { readonly bytes: Buffer; readonly offset: number; readonly batch: Buffer },
  ): void {
    this.#isTorn = offset > 0 ? bytes[offset - 1] !== NEWLINE[0] : this.#isTorn;
    const writtenOfBatch = Math.max(0, offset - (bytes.length - batch.length));
    const whole = writtenOfBatch === 0 ? 0 : batch.lastIndexOf(NEWLINE, writtenOfBatch - 1) + 1;
    this.#queue.drop(batch.subarray(whole));
    this.#loss.lost(reasonOf(error));
    this.#pause(RETRY_MS);
  }

  /** How many bytes the next write may have, so that the file is not larger than it may be. */
  #roomBytes(fd: number): number {
    const { maxBytes } = this.#parts;
    if (maxBytes === 0) return WRITE_MAX_BYTES;
    return Math.max(1, Math.min(WRITE_MAX_BYTES, maxBytes - sizeOf(fd)));
  }

  #makeRoom(fd: number): void {
    const { maxBytes } = this.#parts;
    if (maxBytes === 0 || this.#parts.clocks.now() < this.#rotateFromMs) return;
    const size = sizeOf(fd);
    if (size > 0 && size + this.#queue.firstLineBytes > maxBytes) this.#rotateNow('for its size');
  }

  #settleDue(): void {
    const due = this.#due;
    this.#due = 'nothing';
    if (due === 'reopen') this.#open();
    if (due === 'rotate') this.#rotateNow('as asked');
  }

  #rotateNow(why: 'for its size' | 'as asked'): void {
    const { maxBytes, path, backupName, reporter, clocks } = this.#parts;
    const bytes = this.#fd === undefined ? 0 : sizeOf(this.#fd);
    try {
      const backup = renameLog(path, backupName, clocks.dateMs());
      if (!this.#open()) {
        renameSync(backup, path);
        this.#rotateFromMs = clocks.now() + ROTATE_AGAIN_MS;
        return;
      }
      const nameBytes = Buffer.byteLength(path) + Buffer.byteLength(backup);
      const reportedMinBytes = Math.max(REPORTED_MIN_BYTES, REPORTED_MIN_NAMES * nameBytes);
      if (why === 'for its size' && maxBytes < reportedMinBytes) return;
      reporter.rotated(path, backup, bytes);
    } catch (error) {
      this.#rotateFromMs = clocks.now() + ROTATE_AGAIN_MS;
      reporter.problem(
        `the log ${path} cannot be rotated: ${reasonOf(error)}; lines go on to it, and it is tried ` +
          'again in a minute. Its directory must be writable for the user of Reeve',
      );
    }
  }

  /** Opens the file by its path; false, and reported, where that fails. */
  #open(): boolean {
    const { path, mode, reporter } = this.#parts;
    try {
      const opened = openLogFile(path);
      if (mode !== undefined) changeMode(opened, mode);
      if (this.#fd !== undefined) closeSync(this.#fd);
      this.#fd = opened;
      this.#isTorn = false;
      this.#isOpenReported = false;
      return true;
    } catch (error) {
      if (this.#isOpenReported) return false;
      this.#isOpenReported = true;
      const goOn =
        this.#fd === undefined
          ? 'its lines wait, and it is tried again'
          : 'lines go on to the file that it was, wherever that was moved';
      reporter.problem(`the log ${path} cannot be opened: ${reasonOf(error)}; ${goOn}`);
      return false;
    }
  }

  /** It could not be opened at all: it is tried again, and what has no room meanwhile is lost. */
  #waitForFile(): void {
    this.#due = 'reopen';
    this.#pause(OPEN_AGAIN_MS);
  }

  #pause(milliseconds: number): void {
    this.#isBusy = true;
    this.#parts.clocks.after(milliseconds, () => {
      this.#isBusy = false;
      this.#next();
    });
  }
}

/** Only the owner may; for others the file stays as it is, as does a device. */
function changeMode(fd: number, mode: number): void {
  try {
    if (fstatSync(fd).isFile()) fchmodSync(fd, mode);
  } catch {
    // It was made by another user, who has given it the permissions that it has.
  }
}

/** Whether a descriptor is the file with this name. */
function isAtPath(fd: number, path: string): boolean {
  try {
    const [open, there] = [fstatSync(fd), statSync(path)];
    return open.dev === there.dev && open.ino === there.ino;
  } catch {
    return false;
  }
}

function sizeOf(fd: number): number {
  return fstatSync(fd).size;
}
