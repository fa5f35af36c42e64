/**
 * PURE. Another process's environment, handed to `reeve check` as something to read.
 *
 * It is put under names without a meaning, so that neither the loader (LD_PRELOAD), a shell nor
 * Node (NODE_OPTIONS) does what it says; only the configuration sees it. It is not in the
 * arguments, where everybody could read secrets.
 */
type Environment = Readonly<Record<string, string | undefined>>;

const countName = 'REEVE_GIVEN';

/** What a process is started with that shall see `variables`. */
export function givenAs(variables: ReadonlyMap<string, string>): Record<string, string> {
  const pairs = [...variables].map(([name, value]) => `${name}=${value}`);
  const numbered = pairs.map((pair, index) => [`${countName}_${index + 1}`, pair]);
  return { [countName]: String(pairs.length), ...Object.fromEntries(numbered) };
}

/** What the configuration shall see: the variables that were given; where none were, all. */
export function environmentGiven(environment: Environment): Environment {
  if (environment[countName] === undefined) return environment;
  const entries = Object.entries(environment).flatMap(([name, pair = '']) => {
    if (name === countName) return [];
    // What the launcher has found out is of this process.
    if (!name.startsWith(`${countName}_`)) return name.startsWith('REEVE_') ? [[name, pair]] : [];
    const end = pair.indexOf('=');
    return [[pair.slice(0, end), pair.slice(end + 1)]];
  });
  return Object.fromEntries(entries);
}
