/**
 * What we tell systemd: ready, reloading, stopping, and one line of status.
 *
 * Silent unless NOTIFY_SOCKET is set. Node has no datagram sockets for unix addresses, so the text
 * goes through sd-notify, which is loaded only then; of it only `sendState` is used. Where it
 * cannot be loaded, systemd would wait for READY=1 in vain: that is said once.
 */
import { createRequire } from 'node:module';

export interface Notifier {
  /** READY=1: the start, or a reload however it ended, is over. */
  readonly ready: (status: string) => void;
  /** RELOADING=1 with the time that systemd compares with its own (CLOCK_MONOTONIC). */
  readonly reloading: (status: string) => void;
  /** STOPPING=1. */
  readonly stopping: (status: string) => void;
  /** STATUS= alone: one line for people. */
  readonly status: (status: string) => void;
  /** WATCHDOG=1. */
  readonly alive: () => void;
}

export interface NotifierParts {
  /** NOTIFY_SOCKET as the process was started with; undefined or '' is silent. */
  readonly socket: string | undefined;
  /** Told once, if systemd cannot be reached. */
  readonly onProblem: (sentence: string) => void;
  /** How the library is loaded; tests pass a fake. */
  readonly load?: (() => NotifyLibrary) | undefined;
}

/** What we use of sd-notify. */
export interface NotifyLibrary {
  readonly sendState: (state: string) => void;
}

/** Longer ones are cut: the kernel refuses a datagram that is too long for its socket. */
const STATUS_CHARACTERS_MAX = 1_000;

/** Makes the notifier; loads nothing until something is to be said. */
export function createNotifier(parts: NotifierParts): Notifier {
  const send = parts.socket === undefined || parts.socket === '' ? () => {} : sender(parts);
  const withStatus = (states: readonly string[], status: string): void =>
    send([...states, `STATUS=${oneLine(status)}`].join('\n'));
  return {
    ready: (status) => withStatus(['READY=1'], status),
    reloading: (status) => {
      const nowUs = process.hrtime.bigint() / 1_000n;
      withStatus(['RELOADING=1', `MONOTONIC_USEC=${nowUs}`], status);
    },
    stopping: (status) => withStatus(['STOPPING=1'], status),
    status: (status) => withStatus([], status),
    alive: () => send('WATCHDOG=1'),
  };
}

function sender({ load = loadLibrary, onProblem }: NotifierParts): (state: string) => void {
  let library: NotifyLibrary | undefined;
  let isBroken = false;
  return (state) => {
    if (isBroken) return;
    try {
      library ??= load();
      library.sendState(state);
    } catch (error) {
      isBroken = true;
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
      onProblem(`systemd cannot be told that Reeve is ready: ${why}`);
    }
  };
}

function loadLibrary(): NotifyLibrary {
  return createRequire(import.meta.url)('sd-notify');
}

/** A newline would begin another assignment. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, STATUS_CHARACTERS_MAX);
}
