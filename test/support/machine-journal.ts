/** Entries of the journal, as journalctl prints them in JSON. */

export interface JournalEntry {
  readonly message: string;
  /** 0 (emerg) to 7 (debug). */
  readonly priority: number;
  /** Every field by its name, such as REEVE_WORKER or _PID; absent ones are undefined. */
  readonly fields: Readonly<Record<string, string | undefined>>;
}

/** Reads what `journalctl -o json` printed: one object a line. */
export function journalOf(text: string): JournalEntry[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => {
      const read: Record<string, unknown> = JSON.parse(line);
      const fields = Object.fromEntries(
        Object.entries(read).map(([name, value]) => [name, textOf(value)]),
      );
      return {
        message: fields['MESSAGE'] ?? '',
        priority: Number(fields['PRIORITY'] ?? Number.NaN),
        fields,
      };
    });
}

/** A value with bytes that are no text is a list of numbers, a repeated field a list of values. */
function textOf(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  if (value.every((part) => typeof part === 'number')) return Buffer.from(value).toString();
  return value.map(textOf).join('\n');
}
