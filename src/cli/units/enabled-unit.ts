/**
 * What `reeve check` reports of an ini that `reeve enable` has written a unit for: what the unit
 * would not let it do, and whether the unit is still the one for this ini.
 */

import { writtenMark } from '../../tables/commands.ts';
import { fileName } from '../../config/reading/files.ts';
import { warning } from '../../config/rules/rule.ts';
import { effectiveUnit, valueOf } from '../../units/effective-unit.ts';
import { commandText, commandWords } from '../../units/unit-text.ts';
import { absolute } from '../../config/values/absolute-path.ts';
import { planOf } from './plan.ts';
import { UNITS_FOLDER } from './unit-files.ts';

import type { Loaded } from '../../config/load.ts';
import type { Diagnostic } from '../../config/reading/diagnostic.ts';
import type { ConfigHost } from '../../config/reading/host.ts';
import type { EffectiveUnit } from '../../units/effective-unit.ts';
import type { PlanRequest } from './plan.ts';

export interface EnabledUnit {
  readonly findings: readonly Diagnostic[];
  readonly effective: EffectiveUnit;
  /** WorkingDirectory=. */
  readonly directory: string;
}

/** Undefined where there is no such unit. Only root can look at all that counts. */
export function enabledUnit(
  file: string,
  loaded: Loaded,
  host: ConfigHost,
): EnabledUnit | undefined {
  if (host.uid !== 0) return undefined;
  const wanted = absolute(file, host.cwd);
  for (const path of host.glob(`${UNITS_FOLDER}/*.service`)) {
    const text = host.isFile(path) ? host.readText(path) : '';
    const words = commandWords(text, writtenMark);
    if (fileName(words.at(-1) ?? '').path !== wanted) continue;
    const unit = path.slice(UNITS_FOLDER.length + 1);
    const { units } = planOf(requestOf(words, unit), loaded, host);
    const isSame = units.service === text;
    const sentence = `${unit} was written for other settings than these, or on another system`;
    const advice = `\`reeve enable ${commandText(words)}\` writes it again`;
    const findings = [...units.findings, ...(isSame ? [] : [warning('', sentence, advice)])];
    const effective = effectiveUnit([text]);
    return { findings, effective, directory: valueOf(effective, 'WorkingDirectory') || '/' };
  }
  return undefined;
}

/** The words of a head are those that `reeve enable` has written (plan.ts). */
function requestOf(words: readonly string[], unit: string): PlanRequest {
  const wordAfter = (flag: string): string | undefined => {
    const at = words.indexOf(flag);
    return at === -1 ? undefined : words[at + 1];
  };
  return {
    file: words.at(-1) ?? '',
    name: unit,
    user: wordAfter('--user'),
    webServer: wordAfter('--for'),
    hasSocket: words.includes('--socket'),
    root: '',
  };
}
