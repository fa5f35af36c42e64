/**
 * `credential:NAME` in place of a value: what systemd has put into $CREDENTIALS_DIRECTORY/NAME
 * (LoadCredential= in the unit). It may stand for the whole value, or for what follows the name of
 * a variable: `env = SECRET_KEY=credential:django`. Where an option names a file it is the path of
 * that file, else its text without the last newline. What came from there is never printed.
 */

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { optionOf } from '../../tables/options/options.ts';
import { variableOf } from '../reading/host.ts';
import { meaningOf } from '../reading/names.ts';

import type { Diagnostic } from '../reading/diagnostic.ts';
import type { Entry } from '../reading/entry.ts';
import type { ConfigHost } from '../reading/host.ts';

export interface Revealed {
  readonly entries: readonly Entry[];
  readonly findings: readonly Diagnostic[];
}

const pattern = /^([^=]*=)?\s*credential:(.*)$/s;
/** What a credential may be called, as the manager of the system has it. */
const namePattern = /^(?!\.{1,2}$)[^/\0]{1,255}$/;

/** The entries with every credential in place; a missing one is left out, and reported. */
export function revealCredentials(entries: readonly Entry[], host: ConfigHost): Revealed {
  const findings: Diagnostic[] = [];
  const revealed = entries.flatMap((entry): readonly Entry[] => {
    const match = entry.hasActed || entry.isPlaceholder ? null : pattern.exec(entry.value);
    const meaning = meaningOf(entry.name);
    if (match === null || meaning?.kind !== 'option') return [entry];
    const [, variable = '', name = ''] = match;
    const isFile = optionOf(meaning.name).kind.placeholder === 'FILE';
    const value = valueOf(name.trim(), isFile, entry, host, findings);
    if (value === undefined) return [];
    return [{ ...entry, value: `${variable}${value}`, shown: entry.value }];
  });
  return { entries: revealed, findings };
}

function valueOf(
  name: string,
  isFile: boolean,
  { origin: place }: Entry,
  host: ConfigHost,
  findings: Diagnostic[],
): string | undefined {
  const refuse = (why: string, rest: Pick<Diagnostic, 'advice' | 'exitCode' | 'onlyInUnit'>) => {
    findings.push({ severity: 'error', place, sentence: `credential:${name} ${why}`, ...rest });
    return undefined;
  };
  if (!namePattern.test(name)) {
    return refuse('is no name of a credential', { exitCode: exitCodes.config });
  }
  const exitCode = exitCodes.noInput;
  const advice = `add LoadCredential=${name}:/path/of/the/file to the unit`;
  const directory = variableOf(host, 'CREDENTIALS_DIRECTORY') ?? '';
  if (directory === '') {
    const why = 'cannot be read: there is no $CREDENTIALS_DIRECTORY';
    return refuse(why, { advice, exitCode, onlyInUnit: true });
  }
  const path = `${directory}/${name}`;
  if (!host.isFile(path)) return refuse(`is not there: no file ${path}`, { advice, exitCode });
  if (isFile) return path;
  try {
    return host.readText(path).replace(/\n$/, '');
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return refuse(`cannot be read: ${error.message}`, { exitCode });
  }
}
