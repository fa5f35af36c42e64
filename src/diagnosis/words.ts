/** Numbers in words (pure). */

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

const ofOne: Readonly<Record<string, string>> = { are: 'is', have: 'has', were: 'was' };

/** The verb after a figure: "1 runs", "2 run"; "1 was", "0 were". */
export function verb(count: number, many: string): string {
  if (count !== 1) return many;
  return ofOne[many] ?? `${many}s`;
}

/** "1 request waits", "2 requests wait". */
export function thatWait(count: number, word: string): string {
  return `${plural(count, word)} ${verb(count, 'wait')}`;
}

/** "once", "twice", "3 times". */
export function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

/** "0.2 s", "12 s", "4 min", "3 h". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

/** "12 kB", "4 MB", "1.5 GB". */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = Math.abs(bytes);
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit += 1) value /= 1_000;
  const digits = value < 10 && unit > 0 ? Math.round(value * 10) / 10 : Math.round(value);
  return `${bytes < 0 ? '-' : ''}${digits} ${units[unit] ?? ''}`;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

/** The path of a target, without its query. */
export function pathOf(uri: string): string {
  return uri.replace(/[?#].*$/s, '');
}

/** "a", "a and b", "a, b and 3 others". */
export function some(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most);
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, plural(rest, 'other')] : shown;
  const last = all.at(-1) ?? '';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} and ${last}`;
}
