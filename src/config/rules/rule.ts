/** What a rule about settings is, and the findings that it makes. */

import type { OptionName, Settings } from '../../tables/options/options.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { ConfigHost } from '../reading/host.ts';

/** Where each option was given last. */
export type Given = ReadonlyMap<OptionName, string>;

/** What a rule looks at. */
export interface Facts {
  readonly settings: Settings;
  readonly given: Given;
  readonly host: ConfigHost;
  /** Every name in the configuration, also those that are no option of Reeve. */
  readonly names: ReadonlyMap<string, string>;
}

/** What it finds: nothing where all is well. */
export type Rule = (facts: Facts) => readonly Diagnostic[];

export function error(place: string, sentence: string, advice?: string, exitCode = 78): Diagnostic {
  const finding = { severity: 'error', place, sentence, exitCode } as const;
  return advice === undefined ? finding : { ...finding, advice };
}

export function warning(place: string, sentence: string, advice?: string): Diagnostic {
  const finding = { severity: 'warning', place, sentence } as const;
  return advice === undefined ? finding : { ...finding, advice };
}

export function note(place: string, sentence: string): Diagnostic {
  return { severity: 'note', place, sentence };
}
