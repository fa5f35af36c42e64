/** Lists of names and values, as uWSGI has them: `cmd=redis-server,freq=5`. */

/**
 * The values by their names; a problem as a sentence. A comma or an equals sign in a value has a
 * backslash before it; a name without a value is on ("1").
 */
export function keyValues<const Name extends string>(
  text: string,
  names: readonly Name[],
): Readonly<Partial<Record<Name, string>>> | string {
  const values: Partial<Record<Name, string>> = {};
  for (const part of text.split(/(?<!\\),/)) {
    if (part.trim() === '') continue;
    const cut = part.indexOf('=');
    const written = (cut === -1 ? part : part.slice(0, cut)).trim();
    const name = names.find((each) => each === written);
    if (name === undefined) return `there is no "${written}": it has ${names.join(', ')}`;
    values[name] = cut === -1 ? '1' : part.slice(cut + 1).replaceAll('\\,', ',');
  }
  return values;
}
