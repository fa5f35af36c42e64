/**
 * Signals to the master, as requests.
 *
 * The handlers only pass on which request it is; what it means (SIGTERM under `die-on-term`, a
 * second SIGINT) is for the loop to decide. Signals that other servers use, or that a terminal
 * sends, are caught and do nothing: their default would end or stop the master.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { constants as system } from 'node:os';

import { ignoreSignal, unblockSignal } from '../../base/libc.ts';

export type SignalRequest =
  | 'terminate' // SIGTERM
  | 'interrupt' // SIGINT
  | 'quit' // SIGQUIT
  | 'reload' // SIGHUP
  | 'hang-up' // SIGHUP because the terminal has gone
  | 'suspend' // SIGTSTP
  | 'resume' // SIGCONT
  | 'status' // SIGUSR1
  | 'child-ended'; // SIGCHLD

export interface SignalParts {
  readonly onRequest: (request: SignalRequest) => void;
  /** Whether it has another meaning, by unix_signal, and has been done. */
  readonly isTaken: (signal: NodeJS.Signals) => boolean;
  /** SIGHUP was ignored when the launcher started (nohup): a hang-up is then no reason to stop. */
  readonly isHangupIgnored: boolean;
  /** Milliseconds on the monotonic clock. */
  readonly now: () => number;
}

export interface Signals {
  /**
   * Looks whether the terminal has gone without a SIGHUP for us (`disown`), so that one that is
   * sent later is a reload. To be called about once a second; costs one system call.
   */
  readonly watchTerminal: () => void;
  /**
   * From now on signals do nothing: one that comes while the master ends (Ctrl-C again, a stop of
   * systemd after one by hand) would else end it before its files are removed, and as a failure.
   */
  readonly close: () => void;
}

const requests: readonly (readonly [NodeJS.Signals, SignalRequest])[] = [
  ['SIGTERM', 'terminate'],
  ['SIGINT', 'interrupt'],
  ['SIGQUIT', 'quit'],
  ['SIGTSTP', 'suspend'],
  ['SIGCONT', 'resume'],
  ['SIGUSR1', 'status'],
  ['SIGCHLD', 'child-ended'],
];

const harmless: readonly NodeJS.Signals[] = ['SIGUSR2', 'SIGALRM', 'SIGWINCH', 'SIGPIPE'];

/**
 * From a terminal that a process in the background writes to. With a handler, however empty, the
 * write would be tried for ever; ignored, it goes through.
 */
const ignored = ['SIGTTIN', 'SIGTTOU'] as const;

/** A SIGHUP comes with the end of its terminal, give or take a turn of the event loop. */
const SAME_MOMENT_MS = 3_000;

/** Binds the signals. SIGUSR1 is unblocked only after its handler stands. */
export function bindSignals({ onRequest, isTaken, isHangupIgnored, now }: SignalParts): Signals {
  const bound = new Map<NodeJS.Signals, () => void>();
  const bind = (signal: NodeJS.Signals, meaning: () => void): void => {
    const handler = (): void => {
      if (!isTaken(signal)) meaning();
    };
    process.on(signal, handler);
    bound.set(signal, handler);
  };
  const terminal = watchedTerminal(now);

  for (const [signal, request] of requests) bind(signal, () => onRequest(request));
  for (const signal of harmless) bind(signal, () => {});
  for (const signal of ignored) ignoreSignal(system.signals[signal]);
  bind('SIGHUP', () => {
    if (!terminal.hasJustGone()) onRequest('reload');
    else if (!isHangupIgnored) onRequest('hang-up');
  });
  unblockSignal(system.signals.SIGUSR1);

  return {
    watchTerminal: terminal.look,
    close: () => {
      for (const [signal, handler] of bound) {
        // Without any listener Node would give the signal its default, if only for a moment.
        process.on(signal, () => {});
        process.removeListener(signal, handler);
        if (signal !== 'SIGCHLD') ignoreSignal(system.signals[signal]);
      }
    },
  };
}

interface WatchedTerminal {
  readonly look: () => void;
  /** Whether there was a terminal until just now; a hang-up is one only once. */
  readonly hasJustGone: () => boolean;
}

function watchedTerminal(now: () => number): WatchedTerminal {
  let isHere = hasTerminal();
  let wentAtMs: number | undefined;
  const look = (): void => {
    if (!isHere || hasTerminal()) return;
    isHere = false;
    wentAtMs = now();
  };
  const hasJustGone = (): boolean => {
    look();
    if (wentAtMs === undefined || now() - wentAtMs > SAME_MOMENT_MS) return false;
    wentAtMs = undefined;
    return true;
  };
  return { look, hasJustGone };
}

/** Whether the process has a controlling terminal that is still connected. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY));
    return true;
  } catch {
    // ENXIO: none, or hung up; EIO: hung up; ENOENT, EACCES: a container without one.
    return false;
  }
}
