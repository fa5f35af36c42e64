/**
 * PURE. One entry in the journal's native protocol, as bytes.
 *
 * A datagram holds one entry: a field is `NAME=value\n`, or, where the value has a newline,
 * `NAME\n`, its length in 8 bytes (little-endian), the value, `\n`. journald drops a field whose
 * name is not [A-Z0-9_], begins with a digit or `_`, or has more than 64 characters
 * (systemd.journal-fields(7)); such a name is a mistake of ours.
 */

/** Text is written as UTF-8; bytes as they are. */
export interface JournalField {
  readonly name: string;
  readonly value: string | Buffer;
}

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
const NEWLINE = 10;

/** The datagram for an entry. Throws where a field's name is none. */
export function encodeEntry(fields: readonly JournalField[]): Buffer {
  return Buffer.concat(fields.flatMap(encodeField));
}

function encodeField({ name, value }: JournalField): readonly Buffer[] {
  if (!NAME.test(name)) throw new Error(`"${name}" is no name of a journal field`);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  if (!bytes.includes(NEWLINE)) return [Buffer.from(`${name}=`), bytes, Buffer.of(NEWLINE)];
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return [Buffer.from(`${name}\n`), length, bytes, Buffer.of(NEWLINE)];
}

/** A name of ours as a field's: "exitCode" → REEVE_EXIT_CODE. */
export function reeveField(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_');
  return `REEVE_${words.toUpperCase()}`.slice(0, 64);
}

/** Whether JOURNAL_STREAM names this descriptor, given as "device:inode" (systemd.exec(5)). */
export function isJournalStream(journalStream: string | undefined, descriptor: string): boolean {
  return journalStream !== undefined && journalStream === descriptor;
}
