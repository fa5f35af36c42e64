/** Reads the configuration again for a reload, and reports changes that need a restart. */
import { OperatorError } from '../../base/operator-error.ts';
import { changes } from '../../config/changes.ts';
import { firstError, printDiagnostic } from '../../config/reading/diagnostic.ts';
import type { Loaded } from '../../config/load.ts';
import type { Logger } from '../../log/logger.ts';
import type { OptionName, Settings } from '../../tables/options/options.ts';

/** What is to be applied; throws an OperatorError for a configuration that is wrong. */
export async function readAgain(
  loadAgain: () => Promise<Loaded>,
  before: Settings,
  logger: Logger,
): Promise<Pick<Loaded, 'settings' | 'given' | 'moduleFacts'>> {
  const { settings, given, moduleFacts, diagnostics } = await loadAgain();
  const error = firstError(diagnostics);
  if (error !== undefined) {
    const { exitCode = 78 } = error;
    throw new OperatorError({ what: printDiagnostic(error), exitCode });
  }
  for (const finding of diagnostics) {
    if (finding.severity === 'warning') logger.warn('configuration', {}, printDiagnostic(finding));
  }
  return { settings: keepWhatMustStay(before, settings, logger), given, moduleFacts };
}

/** Names what cannot change while the daemon runs, and keeps it as it is. */
function keepWhatMustStay(before: Settings, after: Settings, logger: Logger): Settings {
  const stays = changes(before, after).filter((change) => change.onReload === 'restart');
  for (const { name } of stays) {
    const sentence = `${name} cannot change at a reload and stays as it was; restart Reeve for it`;
    logger.warn('reload.partial', { option: name }, sentence);
  }
  const kept = stays.map(({ name }): [OptionName, unknown] => [name, before[name]]);
  return { ...after, ...Object.fromEntries(kept) };
}
