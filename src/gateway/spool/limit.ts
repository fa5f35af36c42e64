/**
 * How much may wait in the files of the spool, in all (pure).
 *
 * Without `spool-max` it is half of what the file system would have free without the spool: others
 * who fill it up lower the limit, and those who delete files raise it. Responses may have three
 * quarters of the limit. They can wait with their workers; bodies cannot, and slow readers shall
 * not take the room of uploads.
 */

/** What is stored. */
export type SpoolUse = 'body' | 'response';

export interface SpoolState {
  /** `spool-max`; 0: the limit follows from the free space. */
  readonly optionBytes: number;
  readonly usedBytes: number;
  /** Free on the file system, for this user. */
  readonly freeBytes: number;
}

export interface Wish {
  readonly use: SpoolUse;
  /** What is to be stored now. */
  readonly moreBytes: number;
  /** The size of the whole file then, or of the whole body where that is known. */
  readonly wholeBytes: number;
}

/**
 * - `disk-full`: the file system has not so much space.
 * - `too-large`: it would not fit if it were alone.
 * - `spool-full`: it would fit if others were not there.
 */
export type NoRoom = 'disk-full' | 'too-large' | 'spool-full';

const RESPONSE_SHARE = 0.75;

/** Bytes that may be stored in all. */
export function spoolLimit({ optionBytes, usedBytes, freeBytes }: SpoolState): number {
  return optionBytes > 0 ? optionBytes : Math.floor((usedBytes + freeBytes) / 2);
}

/** Why there is no room; undefined where there is. */
export function roomFor(wish: Wish, state: SpoolState): NoRoom | undefined {
  const { use, moreBytes, wholeBytes } = wish;
  const share = use === 'response' ? RESPONSE_SHARE : 1;
  const limitBytes = spoolLimit(state) * share;
  if (state.usedBytes + moreBytes <= limitBytes) return undefined;
  if (state.optionBytes === 0 && moreBytes > state.freeBytes) return 'disk-full';
  return wholeBytes > limitBytes ? 'too-large' : 'spool-full';
}

/** "512 bytes", "3.5 MiB": for sentences. */
export function inUnits(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  if (bytes < 1024) return `${Math.floor(bytes)} bytes`;
  let [value, unit] = [bytes / 1024, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value.toFixed(1)} ${units[unit]}`;
}
