/**
 * PURE. One entry in the journal's native protocol, as bytes.
 *
 * A datagram holds one entry: a field is `NAME=value\n`, or, where the value has a newline,
 * `NAME\n`, its length in 8 bytes (little-endian), the value, `\n`. journald drops a field whose
 * name is not [A-Z0-9_], begins with a digit or `_`, or has more than 64 characters
 * (systemd.journal-fields(7)); such a name is a mistake of ours.
 */

export interface JournalField {
  readonly name: string;
  /** Text, or where `isBytes` one character for each byte, as request heads are read. */
  readonly value: string;
  readonly isBytes?: boolean | undefined;
}

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[^\x00-\x7f]/;

/** Names that were found to be right: the same few come with every request. */
const rightNames = new Set<string>();
const RIGHT_NAMES_MAX = 1_000;

/** The datagram for an entry. Throws where a field's name is none. */
export function encodeEntry(fields: readonly JournalField[]): Buffer {
  // One character for each byte: a string is put together faster than buffers are.
  let entry = '';
  for (const { name, value, isBytes = false } of fields) {
    if (!rightNames.has(name)) checkName(name);
    const bytes = isBytes || !NOT_ASCII.test(value) ? value : Buffer.from(value).toString('latin1');
    if (!bytes.includes('\n')) entry += `${name}=${bytes}\n`;
    else entry += `${name}\n${lengthBytes(bytes.length)}${bytes}\n`;
  }
  return Buffer.from(entry, 'latin1');
}

function lengthBytes(length: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(length));
  return bytes.toString('latin1');
}

function checkName(name: string): void {
  if (!NAME.test(name)) throw new Error(`"${name}" is no name of a journal field`);
  if (rightNames.size < RIGHT_NAMES_MAX) rightNames.add(name);
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
