/** Farms: what a value of `farm` means. */

export interface FarmTerms {
  readonly name: string;
  /** By their numbers. */
  readonly mules: readonly number[];
}

export type ReadFarm =
  | { readonly ok: true; readonly farm: FarmTerms }
  | { readonly ok: false; readonly sentence: string };

/** A signal names it as `farm_NAME`, in at most 63 bytes. */
const NAME_BYTES_MAX = 58;

/** Reads "name:1,2"; `mules` is how many there are. */
export function readFarm(text: string, mules: number): ReadFarm {
  const [, name = '', numbers = ''] = /^([^:]+):([0-9, ]+)$/.exec(text) ?? [];
  const listed = numbers
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map(Number);
  if (listed.length === 0) {
    return { ok: false, sentence: 'it needs a name, a colon and numbers of mules: tasks:1,2' };
  }
  if (new TextEncoder().encode(name).length > NAME_BYTES_MAX) {
    return { ok: false, sentence: `the name has more than ${NAME_BYTES_MAX} bytes` };
  }
  const unknown = listed.find((number) => number < 1 || number > mules);
  if (unknown !== undefined) {
    const there = mules === 0 ? 'there are no mules' : `there are ${mules} (mule, mules)`;
    return { ok: false, sentence: `there is no mule ${unknown}: ${there}` };
  }
  return { ok: true, farm: { name, mules: [...new Set(listed)] } };
}
