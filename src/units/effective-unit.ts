/**
 * PURE. What systemd makes of a unit and its drop-ins, as far as a sandbox goes: the last value of
 * a setting counts, lists grow, and an empty value empties.
 */

export type EffectiveUnit = ReadonlyMap<string, readonly string[]>;

const lists = new Set(['ReadWritePaths', 'SupplementaryGroups', 'CapabilityBoundingSet']);

/** Reads the [Service] section of the unit and of its drop-ins, in their order. */
export function effectiveUnit(texts: readonly string[]): EffectiveUnit {
  const values = new Map<string, readonly string[]>();
  for (const text of texts) {
    let section = '';
    for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
      const trimmed = line.trim();
      if (trimmed.startsWith('[')) section = trimmed;
      const [, name = '', value = ''] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(trimmed) ?? [];
      if (section !== '[Service]' || name === '') continue;
      const before = lists.has(name) ? (values.get(name) ?? []) : [];
      values.set(name, value === '' ? [] : [...before, ...value.split(/\s+/)]);
    }
  }
  return values;
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
