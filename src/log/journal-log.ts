/**
 * Tells whether a descriptor is the journal, and sends records there.
 *
 * The question is asked anew for each record: logto, or a reload of it, may have put a file in the
 * descriptor's place.
 */
import { descriptorName } from '../base/sockets/datagrams.ts';
import { isJournalStream, type JournalField } from '../systemd/journal-entry.ts';
import { openJournal } from '../systemd/journal.ts';

export interface JournalParts {
  /** REEVE_APP: the application's name. */
  readonly app: string;
  /** JOURNAL_STREAM as the process was started with; undefined: there is no journal. */
  readonly stream: string | undefined;
  /** Where journald takes entries; unless given, where systemd has it. */
  readonly socket?: string | undefined;
}

export interface JournalLog {
  readonly app: string;
  /** Whether what is written to the descriptor goes to the journal. */
  readonly isBehind: (fd: number) => boolean;
  /** False where journald does not take it; the caller then writes a line. */
  readonly send: (fields: readonly JournalField[], waitMaxMs: number) => SendResult;
  readonly settle: () => void;
}

export type SendResult = 'sent' | 'full' | 'gone';

const SETTLE_MAX_MS = 200;

/** Where the journal is to be found; nothing is opened before the first entry. */
export function createJournalLog({ app, stream, socket }: JournalParts): JournalLog {
  const journal = openJournal(socket);
  return {
    app,
    isBehind: (fd) => stream !== undefined && isJournalStream(stream, nameOf(fd)),
    send: (fields, waitMaxMs) => journal.send(fields, waitMaxMs),
    settle: () => journal.settle(SETTLE_MAX_MS),
  };
}

/** '' for a descriptor that is closed. */
function nameOf(fd: number): string {
  try {
    return descriptorName(fd);
  } catch {
    return '';
  }
}
