/**
 * What each exit code means, and whether a service manager gains anything by starting us again.
 *
 * 22 is uWSGI's own code for "no application"; the others are those of sysexits.h, so that
 * `systemctl status` names them.
 */

export const exitCodes = {
  stopped: 0,
  noApplication: 22,
  usage: 64,
  noInput: 66,
  unavailable: 69,
  software: 70,
  osError: 71,
  cannotCreate: 73,
  noPermission: 77,
  config: 78,
} as const;

export type ExitCodeName = keyof typeof exitCodes;

export interface ExitCodeMeaning {
  /** One line for the manual: no capital, no full stop. */
  readonly meaning: string;
  /** Whether the same start may succeed later without a change by a human being. */
  readonly mayPass: boolean;
}

export const exitCodeMeanings: Readonly<Record<ExitCodeName, ExitCodeMeaning>> = {
  stopped: { meaning: 'stopped as asked', mayPass: false },
  noApplication: {
    meaning: 'the application cannot be loaded (need-app), or its workers died before it was ready',
    mayPass: false,
  },
  usage: { meaning: 'the command line is wrong', mayPass: false },
  noInput: { meaning: 'a configuration file is missing or unreadable', mayPass: false },
  unavailable: { meaning: 'an address is in use or not available', mayPass: true },
  software: { meaning: 'a fault in Reeve itself', mayPass: true },
  osError: { meaning: 'the system refused something it should not have', mayPass: true },
  cannotCreate: { meaning: 'a pidfile, socket or log cannot be created', mayPass: true },
  noPermission: { meaning: 'not permitted: privileges are missing', mayPass: false },
  config: { meaning: 'the configuration is refused', mayPass: false },
};
