/**
 * PURE. Which files make a unit, and what systemd makes of them, as far as a sandbox goes: the last
 * value of a setting counts, lists grow, and an empty value empties.
 */

/** Folders of the system's units, systemd.unit(5): what stands earlier hides what stands later. */
export const systemFolders: readonly string[] = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/run/systemd/generator.late',
];

/** How unit files are read. */
export interface UnitFiles {
  /** The text of a file; undefined where there is none. */
  readonly text: (path: string) => string | undefined;
  /** The names in a folder; none where there is no such folder. */
  readonly names: (folder: string) => readonly string[];
}

/** A service's file and its drop-ins, in the order of their effect; undefined without a file. */
export function unitTexts(
  unit: string,
  folders: readonly string[],
  files: UnitFiles,
): readonly string[] | undefined {
  const template = unit.replace(/@.*\.service$/, '@.service');
  const names = [...new Set([unit, template])];
  const paths = names.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
  const file = paths.map((path) => files.text(path)).find((text) => text !== undefined);
  if (file === undefined) return undefined;
  const dropIns = new Map<string, string>();
  for (const name of ['service', ...names.toReversed()]) {
    for (const folder of folders.toReversed()) {
      const directory = `${folder}/${name}.d`;
      for (const each of files.names(directory)) {
        if (each.endsWith('.conf')) dropIns.set(each, files.text(`${directory}/${each}`) ?? '');
      }
    }
  }
  const sorted = [...dropIns].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [file, ...sorted.map(([, text]) => text)];
}

export type EffectiveUnit = ReadonlyMap<string, readonly string[]>;

const lists = new Set(['ReadWritePaths', 'SupplementaryGroups', 'CapabilityBoundingSet']);

/** Reads the [Service] section of the unit and of its drop-ins, in their order. */
export function effectiveUnit(texts: readonly string[]): EffectiveUnit {
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of assignments(texts)) {
    const before = lists.has(name) ? (values.get(name) ?? []) : [];
    values.set(name, value === '' ? [] : [...before, ...value.split(/\s+/)]);
  }
  return values;
}

/** Every value of a setting that may be repeated, as it is written; an empty one empties. */
export function rawValues(texts: readonly string[], wanted: string): readonly string[] {
  let values: readonly string[] = [];
  for (const [name, value] of assignments(texts)) {
    if (name === wanted) values = value === '' ? [] : [...values, value];
  }
  return values;
}

/** The words of a value; quotes keep blanks together, also within a word: `A="b c"`. */
export function wordsOf(value: string): readonly string[] {
  const words = value.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_all, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double.replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

/** Name and value of each line in [Service], in their order. */
function assignments(texts: readonly string[]): readonly (readonly [string, string])[] {
  return texts.flatMap((text) => {
    let section = '';
    return text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .flatMap((line): readonly (readonly [string, string])[] => {
        const trimmed = line.trim();
        if (trimmed.startsWith('[')) section = trimmed;
        const [, name = '', value = ''] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(trimmed) ?? [];
        return section !== '[Service]' || name === '' ? [] : [[name, value]];
      });
  });
}

/** A setting's single word; '' where it is not set. */
export function valueOf(unit: EffectiveUnit, name: string): string {
  return unit.get(name)?.at(-1) ?? '';
}

/** Whether the service sees nothing in /home, /root and /run/user (ProtectHome=). */
export function hidesHome(unit: EffectiveUnit): boolean {
  return /^(yes|true|1|on|tmpfs)$/.test(valueOf(unit, 'ProtectHome'));
}

/** Whether the service has a /tmp of its own (PrivateTmp=). */
export function hidesTmp(unit: EffectiveUnit): boolean {
  return /^(yes|true|1|on|disconnected)$/.test(valueOf(unit, 'PrivateTmp'));
}
