/**
 * Lines that wait for a target, up to a limit; beyond it they are dropped and counted (pure but for
 * the buffers).
 */

const NEWLINE = 10;
export const QUEUE_MAX_BYTES = 4 * 1024 * 1024;

export class LineQueue {
  readonly #chunks: Buffer[] = [];
  bytes = 0;
  /** Lines that were dropped and not reported yet. */
  droppedUnreported = 0;
  dropped = 0;

  /** Takes whole lines; false where there is no room for them. */
  push(lines: Buffer): boolean {
    if (this.bytes + lines.length > QUEUE_MAX_BYTES) {
      this.drop(lines);
      return false;
    }
    this.#chunks.push(lines);
    this.bytes += lines.length;
    return true;
  }

  /** Counts lines that are lost. */
  drop(lines: Buffer): void {
    const count = countLines(lines);
    this.dropped += count;
    this.droppedUnreported += count;
  }

  /** What was pushed first, as it was pushed; undefined where nothing waits. */
  first(): Buffer | undefined {
    return this.#chunks[0];
  }

  shift(): void {
    this.bytes -= this.#chunks.shift()?.length ?? 0;
  }

  /** Takes whole lines, up to so many bytes, but at least one line; empty where nothing waits. */
  take(maxBytes: number): Buffer {
    const taken: Buffer[] = [];
    let room = maxBytes;
    for (;;) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const end = chunk.length <= room ? chunk.length : endOfLines(chunk, room, taken.length === 0);
      if (end === 0) break;
      taken.push(chunk.subarray(0, end));
      room -= end;
      this.bytes -= end;
      if (end === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(end);
      if (room <= 0 || end < chunk.length) break;
    }
    return taken.length === 1 ? (taken[0] ?? Buffer.alloc(0)) : Buffer.concat(taken);
  }

  /** How long the first line is; 0 where nothing waits. */
  get firstLineBytes(): number {
    const chunk = this.#chunks[0];
    return chunk === undefined ? 0 : endOfLines(chunk, 0, true);
  }
}

/** Where the last whole line within `room` bytes ends; of the first line where it `must` be one. */
function endOfLines(chunk: Buffer, room: number, must: boolean): number {
  const end = room > 0 ? chunk.lastIndexOf(NEWLINE, room - 1) + 1 : 0;
  if (end > 0 || !must) return end;
  return chunk.indexOf(NEWLINE) + 1 || chunk.length;
}

export function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(NEWLINE); at !== -1; at = lines.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
