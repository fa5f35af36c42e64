/** PURE. Why a unit does not run, in sentences, from what `systemctl show` says of it. */

import { exitCodeMeanings, exitCodeNames, exitCodes } from '../../tables/exit-codes.ts';

/** What is asked of systemd; a name that it does not know is left out of its answer. */
export const unitProperties = [
  ...['LoadState', 'LoadError', 'UnitFileState', 'ActiveState', 'SubState', 'Result'],
  ...[
    'ExecMainCode',
    'ExecMainStatus',
    'NRestarts',
    'StatusText',
    'ConditionResult',
    'ConditionTimestamp',
  ],
  ...['StateChangeTimestamp', 'InactiveEnterTimestamp', 'TimeoutStartUSec'],
] as const;

export type UnitFacts = ReadonlyMap<string, string>;

export function factsOf(shown: string): UnitFacts {
  return new Map(
    shown.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
}

export function isKnown(facts: UnitFacts): boolean {
  return !['', 'not-found'].includes(facts.get('LoadState') ?? '');
}

/** Whether anybody has started, enabled or masked it. */
export function isUsed(facts: UnitFacts): boolean {
  const isIdle = facts.get('ActiveState') === 'inactive' && !wasUp(facts);
  return !isIdle || facts.get('LoadState') !== 'loaded' || isEnabled(facts);
}

function wasUp(facts: UnitFacts): boolean {
  return (facts.get('InactiveEnterTimestamp') ?? '') !== '';
}

function isEnabled(facts: UnitFacts): boolean {
  return (facts.get('UnitFileState') ?? '').startsWith('enabled');
}

/** The state and its cause, then what to do. */
export function unitSentences(unit: string, facts: UnitFacts): readonly string[] {
  const load = facts.get('LoadState') ?? '';
  if (load === 'masked') {
    return [
      `${unit} is masked: systemd does not start it, whoever asks`,
      `if that is not meant: systemctl unmask ${unit}, then systemctl start ${unit}`,
    ];
  }
  if (load !== 'loaded') {
    const problem = facts.get('LoadError') ?? '';
    return [
      `${unit} cannot be loaded (${load})${problem === '' ? '' : `: ${problem}`}`,
      `systemd-analyze verify ${unit} shows the line; then systemctl daemon-reload`,
    ];
  }
  return ofState(unit, facts);
}

function ofState(unit: string, facts: UnitFacts): readonly string[] {
  switch (facts.get('ActiveState') ?? '') {
    case 'failed':
      return failed(unit, facts);
    case 'inactive':
      return inactive(unit, facts);
    case 'activating':
      return activating(unit, facts);
    case 'deactivating':
      return [`${unit} is stopping${since(facts)}; systemd waits for its requests to end`];
    case 'active':
    case 'reloading':
      return [
        `${unit} runs${since(facts)}, but its instance does not answer here`,
        'with control-socket = off it has no socket to ask; else name its control-socket, or look at ' +
          `systemctl status ${unit}`,
      ];
    default:
      return [`${unit} is ${facts.get('ActiveState') ?? 'in a state that systemd does not tell'}`];
  }
}

function failed(unit: string, facts: UnitFacts): readonly string[] {
  const result = facts.get('Result') ?? '';
  const restarts = Number(facts.get('NRestarts') ?? 0);
  const again =
    restarts === 0 ? '' : `, after ${restarts} more ${restarts === 1 ? 'try' : 'tries'}`;
  return [
    `${unit} has failed${since(facts)}: ${howItFailed(result, facts)}${again}; systemd does not try again`,
    // A plain start is refused where it was started too often.
    `correct the cause, then: systemctl reset-failed ${unit} && systemctl start ${unit}`,
  ];
}

function inactive(unit: string, facts: UnitFacts): readonly string[] {
  const boot =
    facts.get('UnitFileState') === 'disabled'
      ? `; it is not enabled, so systemd does not start it at boot (systemctl enable ${unit})`
      : '';
  const isLookedAt = (facts.get('ConditionTimestamp') ?? '') !== '';
  if (facts.get('ConditionResult') === 'no' && isLookedAt) {
    return [
      `${unit} was not started: a condition of its unit is not met (Condition…=)`,
      `systemctl status ${unit} names the condition`,
    ];
  }
  const how = wasUp(facts)
    ? `was stopped${since(facts)}, and ${endOf(facts)}`
    : // systemd forgets a unit that has ended and that nothing refers to.
      'is stopped: it was not started, or somebody has stopped it';
  return [`${unit} ${how}`, `systemctl start ${unit} starts it${boot}`];
}

function activating(unit: string, facts: UnitFacts): readonly string[] {
  if (facts.get('SubState') === 'auto-restart') {
    const restarts = Number(facts.get('NRestarts') ?? 0) + 1;
    return [
      `${unit} fails again and again: its last process ${endOf(facts)}; systemd starts it again now ` +
        `(start ${restarts + 1})`,
      `correct the cause; systemctl stop ${unit} ends the tries`,
    ];
  }
  const status = facts.get('StatusText') ?? '';
  const words = status === '' ? '' : `: ${status}`;
  const limit = facts.get('TimeoutStartUSec') ?? '';
  const given = ['', 'infinity'].includes(limit) ? '' : `; systemd gives it ${limit}`;
  return [`${unit} is starting${since(facts)}${words}${given}`];
}

/** As systemd names it in Result=. */
function howItFailed(result: string, facts: UnitFacts): string {
  switch (result) {
    case 'exit-code':
    case 'signal':
    case 'core-dump':
      return `its process ${endOf(facts)}`;
    case 'start-limit-hit':
      return `it was started too often in a short time (StartLimitBurst=), and its last process ${endOf(facts)}`;
    case 'timeout':
      return 'it was not ready, or had not stopped, in the time that its unit allows, and was killed';
    case 'watchdog':
      return 'it did not answer systemd any more (WatchdogSec=), and was killed';
    case 'oom-kill':
      return 'the kernel killed one of its processes, as the memory of its unit or of the machine was used up';
    case 'resources':
      return 'systemd could not start it: a resource is missing (a file, a user, memory)';
    case 'protocol':
      return 'its process did not report as Type= of its unit says';
    case 'exec-condition':
      return 'a command of ExecCondition= said no';
    default:
      return `${result === '' ? 'for a reason that systemd does not tell' : result}; its process ${endOf(facts)}`;
  }
}

/** "ended with exit code 22: …", "was killed by signal 9". ExecMainCode is CLD_… of <signal.h>. */
function endOf(facts: UnitFacts): string {
  const status = Number(facts.get('ExecMainStatus') ?? 0);
  const isExit = ['', '0', '1'].includes(facts.get('ExecMainCode') ?? '');
  if (!isExit) return `was killed by signal ${status}`;
  const name = exitCodeNames.find((each) => exitCodes[each] === status);
  if (status >= SYSTEMD_FROM) {
    return `could not be run by systemd: exit code ${status} (systemd.exec(5), "Process Exit Codes")`;
  }
  if (status === 0) return 'ended with exit code 0, as asked';
  return `ended with exit code ${status}${name === undefined ? '' : `: ${exitCodeMeanings[name]}`}`;
}

/** From here on systemd has failed before the program ran: 203/EXEC, 217/USER. */
const SYSTEMD_FROM = 200;

function since(facts: UnitFacts): string {
  const at = facts.get('StateChangeTimestamp') ?? '';
  return at === '' ? '' : ` since ${at}`;
}
