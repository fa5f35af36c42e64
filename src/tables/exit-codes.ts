/**
 * The exit codes and their meanings.
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

/** `reeve why` has found something wrong; no daemon ends with it. */
export const FOUND = 1;

export type ExitCodeName = keyof typeof exitCodes;

function isExitCodeName(name: string): name is ExitCodeName {
  return Object.hasOwn(exitCodes, name);
}

/** The names in the order of the codes. */
export const exitCodeNames: readonly ExitCodeName[] = Object.keys(exitCodes).filter(isExitCodeName);

/** One line for the manual: no capital, no full stop. */
export const exitCodeMeanings: Readonly<Record<ExitCodeName, string>> = {
  stopped: 'stopped as asked',
  noApplication:
    'the application cannot be loaded (need-app), or its workers died before it was ready',
  usage: 'the command line is wrong',
  noInput: 'a configuration file is missing or unreadable',
  unavailable: 'an address is in use or not available, or a hook has failed',
  software: 'a fault in Reeve itself',
  osError: 'the system refused processes, threads, descriptors or memory, or another error of it',
  cannotCreate: 'a pidfile, socket or log cannot be created',
  noPermission: 'not permitted: privileges are missing',
  config: 'the configuration is refused',
};

/**
 * After these another try would fail in the same way, so units list them in
 * RestartPreventExitStatus=. The other faults may pass: an address becomes free, for example.
 */
export const finalExitCodes: readonly number[] = [
  exitCodes.usage,
  exitCodes.noInput,
  exitCodes.noPermission,
  exitCodes.config,
];
