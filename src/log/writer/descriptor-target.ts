/** A descriptor that was inherited: standard error, or one that Reeve was started with. */
import { fstatSync } from 'node:fs';

import { LineWriter } from '../line-writer.ts';
import { countLines } from './line-queue.ts';
import { LossReport, lossNotice, type LineTarget, type Reporter } from './target.ts';

export class DescriptorTarget implements LineTarget {
  readonly takesMany = true;
  readonly #writer: LineWriter;
  readonly #loss: LossReport;
  #known = 0;

  /** `name`: as in a report. */
  constructor(fd: number, name: string, reporter: Reporter) {
    this.#loss = new LossReport(name, reporter);
    this.#writer = new LineWriter(fd, (count) => {
      this.#loss.over(count);
      return lossNotice(count).toString('latin1');
    });
  }

  get dropped(): number {
    return this.#writer.dropped;
  }

  write(lines: Buffer): void {
    this.#writer.write(lines.toString('latin1'), countLines(lines));
    if (this.#writer.dropped > this.#known) this.#loss.lost('it is too slow, or gone');
    this.#known = this.#writer.dropped;
  }

  reopen(): void {
    // It has no path.
  }

  rotate(): void {
    // It has no path.
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }
}

/** Whether a descriptor is there; one that was not handed on is not. */
export function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
