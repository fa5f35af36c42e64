/** PURE. What systemd knows of a unit that runs, as `systemctl show` and `busctl` print it. */

export interface UnitState {
  /** blog.service. */
  readonly id: string;
  readonly activeState: string;
  /** It may run on then, but systemd starts it no more. */
  readonly isMasked: boolean;
  /** 0 where it has none, such as before its next start. */
  readonly mainPid: number;
  /** As systemd has started it; undefined where it does not say. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Whether systemd starts it as root; the daemon may drop its privileges by itself. */
  readonly isStartedAsRoot: boolean;
  /** '' for none, `~` for the home directory. */
  readonly workingDirectory: string;
  /** Whether it sees other files than this machine's at the same paths. */
  readonly hasOwnRoot: boolean;
  readonly storedDescriptorsMax: number;
  readonly triggeredBy: readonly string[];
  readonly dropIns: readonly string[];
  /** The words of ExecStart=; where one holds a space they are cut there. */
  readonly startWords: readonly string[];
}

/** What `systemctl show` is asked for. */
export const stateProperties = [
  ...['Id', 'ActiveState', 'MainPID', 'UID', 'GID', 'User', 'DynamicUser', 'WorkingDirectory'],
  ...['RootDirectory', 'RootImage', 'FileDescriptorStoreMax', 'TriggeredBy', 'ExecStart'],
  ...['LoadState', 'DropInPaths'],
];

/** The units in the order in which they were asked for. */
export function unitStates(text: string): readonly UnitState[] {
  return text
    .trim()
    .split(/\n\n+/)
    .filter((block) => block !== '')
    .map(unitState);
}

function unitState(block: string): UnitState {
  const pairs = block.split('\n').map((line): [string, string] => {
    const end = line.indexOf('=');
    return [line.slice(0, end), line.slice(end + 1)];
  });
  const values = new Map(pairs);
  const of = (name: string): string => values.get(name) ?? '';
  const command = /argv\[\]=(.*?) ; ignore_errors=/.exec(of('ExecStart'))?.[1] ?? '';
  return {
    id: of('Id'),
    activeState: of('ActiveState'),
    isMasked: of('LoadState') === 'masked',
    mainPid: Number(of('MainPID')),
    uid: idOf(of('UID')),
    gid: idOf(of('GID')),
    isStartedAsRoot: ['', 'root', '0'].includes(of('User')) && of('DynamicUser') !== 'yes',
    // With a `!` it may be missing.
    workingDirectory: of('WorkingDirectory').replace(/^!/, ''),
    hasOwnRoot: of('RootDirectory') !== '' || of('RootImage') !== '',
    storedDescriptorsMax: Number(of('FileDescriptorStoreMax')),
    triggeredBy: of('TriggeredBy').split(' ').filter(Boolean),
    dropIns: of('DropInPaths').split(' ').filter(Boolean),
    startWords: command.split(' ').filter(Boolean),
  };
}

/** `[not set]` where it has none. */
function idOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A unit's object on the bus: what is no letter or digit is written by its number. */
export function unitObject(id: string): string {
  const escaped = id.replaceAll(/[^A-Za-z0-9]|^\d/g, (character) =>
    Array.from(Buffer.from(character), (byte) => `_${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return `/org/freedesktop/systemd1/unit/${escaped}`;
}

/** The words of ExecStart= as `busctl --json=short` prints them; undefined for anything else. */
export function startWordsOf(json: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || !('data' in value)) return undefined;
    const commands: unknown = value.data;
    const first: unknown = Array.isArray(commands) ? commands[0] : undefined;
    const words: unknown = Array.isArray(first) ? first[1] : undefined;
    const isWord = (word: unknown): word is string => typeof word === 'string';
    return Array.isArray(words) && words.every(isWord) ? words : undefined;
  } catch {
    return undefined; // Nobody answered on the bus.
  }
}

/** As systemd does it before a start: `$$`, `${NAME}`, and a word that is `$NAME`. */
export function withVariables(
  words: readonly string[],
  variables: ReadonlyMap<string, string>,
): readonly string[] {
  return words.flatMap((word) => {
    const whole = /^\$(\w+)$/.exec(word)?.[1];
    if (whole !== undefined) return (variables.get(whole) ?? '').split(/\s+/).filter(Boolean);
    return [
      word.replaceAll(/\$\$|\$\{(\w+)\}/g, (_, name?: string) =>
        name === undefined ? '$' : (variables.get(name) ?? ''),
      ),
    ];
  });
}
