/**
 * Sends entries to the journal without ever making the caller wait.
 *
 * What journald has no room for is kept up to a limit, and tried again. Beyond the limit entries
 * are dropped and counted, and an entry that reports it goes before the next. Where no journald is
 * to be reached, `otherwise` takes the lines.
 */
import type { JournalField } from '../systemd/journal-entry.ts';
import type { JournalLog } from './journal-log.ts';

/** One entry, and the line to write where the journal does not take it. */
export interface WaitingEntry {
  readonly fields: readonly JournalField[];
  readonly line: string;
}

export interface EntryWriterParts {
  readonly journal: Pick<JournalLog, 'send'>;
  readonly otherwise: (line: string) => void;
  readonly dropNotice: (count: number) => WaitingEntry;
}

const WAITING_MAX = 2_000;
/** journald may have room for ten only (max_dgram_qlen); one that hangs is asked less and less. */
const RETRY_MIN_MS = 1;
const RETRY_MAX_MS = 50;
const FLUSH_MAX_MS = 1_000;

export class EntryWriter {
  readonly #parts: EntryWriterParts;
  #waiting: WaitingEntry[] = [];
  #droppedUnreported = 0;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MIN_MS;
  #flushed: (() => void)[] = [];
  dropped = 0;

  constructor(parts: EntryWriterParts) {
    this.#parts = parts;
  }

  write(entry: WaitingEntry): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.dropped += 1;
      this.#droppedUnreported += 1;
      return;
    }
    if (this.#waiting.length === 0 && this.#put(entry)) return;
    this.#waiting.push(entry);
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#retry(), this.#retryMs);
  }

  /** Resolves when all is sent, or after a second. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FLUSH_MAX_MS);
      this.#flushed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #retry(): void {
    this.#timer = undefined;
    let sent = 0;
    for (const entry of this.#waiting) {
      if (!this.#put(entry)) break;
      sent += 1;
    }
    this.#waiting.splice(0, sent);
    this.#retryMs = sent > 0 ? RETRY_MIN_MS : Math.min(this.#retryMs * 2, RETRY_MAX_MS);
    if (this.#waiting.length > 0) {
      this.#timer = setTimeout(() => this.#retry(), this.#retryMs);
      return;
    }
    for (const resolve of this.#flushed.splice(0)) resolve();
  }

  /** False where journald has no room now. */
  #put(entry: WaitingEntry): boolean {
    if (this.#droppedUnreported > 0) {
      if (!this.#send(this.#parts.dropNotice(this.#droppedUnreported))) return false;
      this.#droppedUnreported = 0;
    }
    return this.#send(entry);
  }

  #send(entry: WaitingEntry): boolean {
    const outcome = this.#parts.journal.send(entry.fields, 0);
    if (outcome === 'gone') this.#parts.otherwise(entry.line);
    return outcome !== 'full';
  }
}
