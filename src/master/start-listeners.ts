/** The listeners of a start: adopted or opened, and each said in the log. */
import type { Loaded } from '../config/load.ts';
import type { Logger } from '../log/logger.ts';
import type { Settings } from '../tables/options/options.ts';
import { sayListening } from './reporting/lifecycle-log.ts';
import { listenerRequests, listenerTerms } from './listeners/wanted.ts';
import { openListeners, type Listener } from './listeners/listeners.ts';
import type { Owner } from './start/privileges.ts';
import type { SystemdListeners } from './listeners/systemd.ts';

export interface StartListenersParts {
  readonly settings: Settings;
  readonly given: Loaded['given'];
  readonly user: Owner | undefined;
  readonly logger: Logger;
  readonly systemd: SystemdListeners;
}

/** Throws an OperatorError, and then nothing is left open. */
export async function startListeners(parts: StartListenersParts): Promise<readonly Listener[]> {
  const { settings, given, user, logger, systemd } = parts;
  const passing = systemd.passing(settings, given, 'start');
  const terms = listenerTerms(settings, user);
  const opened = await openListeners(listenerRequests(settings), terms, passing);
  systemd.started(opened);
  sayListening(logger, opened.listeners);
  if (settings['die-on-idle'] && settings.idle > 0 && !systemd.areActivated) {
    const sentence =
      'die-on-idle will end Reeve, and no request will start it again: no socket unit has passed ' +
      'a socket';
    logger.warn('idle.final', {}, sentence);
  }
  return opened.listeners;
}
