/**
 * What is said before there is a logger: with its priority, where standard error is the journal.
 */
import { descriptorName } from '../../base/datagrams.ts';
import { priorityOf, withPriority } from '../../log/journal-record.ts';
import { isJournalStream } from '../../systemd/journal-entry.ts';

/** Lines for descriptor 2; `level` is "error", "warn", "info" or "debug". */
export function earlyLines(text: string, level: string): string {
  const stream = process.env['JOURNAL_STREAM'];
  if (stream === undefined || !isJournalStream(stream, descriptorName(2))) return text;
  return withPriority(text, priorityOf(level));
}
