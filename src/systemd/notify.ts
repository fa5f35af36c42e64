/**
 * What we tell systemd: ready, reloading, stopping, failed, alive, and one line of status.
 *
 * Silent unless NOTIFY_SOCKET is set. Node has no datagram sockets for unix addresses, so the text
 * goes through sd-notify, which is loaded only then; of it only `sendState` is used. Where it could
 * not be built (it needs a compiler), a datagram of ours carries the same text. That call
 * waits for ever where the receiver's queue is full, and systemd's is shared by all services. So a
 * socket of our own is asked first whether there is room; what finds none waits in an outbox, and
 * the master goes on. Where systemd cannot be reached, that is said once.
 */
import { closeSync } from 'node:fs';
import { createRequire } from 'node:module';

import { connectDatagrams, sendDatagram } from '../base/sockets/datagrams.ts';
import { isWritable } from '../base/descriptors.ts';
import { withMessage, type NotifyMessage } from './outbox.ts';

export interface Notifier {
  /**
   * READY=1 with MAINPID and a first WATCHDOG=1: the start, or a reload however it ended, is over.
   */
  readonly ready: (status: string) => void;
  /** RELOADING=1 with the time that systemd compares with its own (CLOCK_MONOTONIC). */
  readonly reloading: (status: string) => void;
  /** STOPPING=1; the stop may take `extendMs` before more must be heard. */
  readonly stopping: (status: string, extendMs: number) => void;
  /** STATUS= alone: one line for people. */
  readonly status: (status: string) => void;
  /** EXTEND_TIMEOUT_USEC: what is under way goes on, and more will be heard within this time. */
  readonly extend: (extendMs: number) => void;
  /** WATCHDOG=1. */
  readonly alive: () => void;
  /** WATCHDOG=trigger: nothing that we can do helps; systemd shall start us anew. */
  readonly trigger: (status: string) => void;
  /** ERRNO, if any, and STATUS before an exit that is a failure; waits a moment for room. */
  readonly failed: (failure: {
    readonly errno: number | undefined;
    readonly status: string;
  }) => void;
}

export interface NotifierParts {
  /** NOTIFY_SOCKET as the process was started with; undefined or '' is silent. */
  readonly socket: string | undefined;
  /** Told once, if systemd cannot be reached. */
  readonly onProblem: (sentence: string) => void;
  /** How the library is loaded; tests pass a fake. */
  readonly load?: ((socket: string) => NotifyLibrary) | undefined;
  /** Whether systemd's queue has room, within so many ms; tests pass a fake. */
  readonly hasRoom?: ((waitMs: number) => boolean) | undefined;
}

/** What we use of sd-notify, which returns nothing; `full` is what found no room. */
export interface NotifyLibrary {
  readonly sendState: (state: string) => unknown;
}

/** Longer ones are cut: the kernel refuses a datagram that is too long for its socket. */
const STATUS_CHARACTERS_MAX = 1_000;
/** How often a full queue is looked at again. */
const RETRY_MS = 100;
/** How long the last words before an exit may wait. */
const LAST_WORDS_MS = 1_000;

/** Makes the notifier; loads nothing until something is to be said. */
export function createNotifier(parts: NotifierParts): Notifier {
  const isSilent = parts.socket === undefined || parts.socket === '';
  const send = isSilent ? () => {} : sender(parts, parts.socket);
  const state = (states: readonly string[], status: string, waitMs = 0): void =>
    send({ kind: 'state', text: [...states, statusLine(status)].join('\n') }, waitMs);
  const extension = (ms: number): string => `EXTEND_TIMEOUT_USEC=${Math.ceil(ms) * 1000}`;
  return {
    ready: (status) => state(['READY=1', `MAINPID=${process.pid}`, 'WATCHDOG=1'], status),
    reloading: (status) => {
      const nowUs = process.hrtime.bigint() / 1_000n;
      state(['RELOADING=1', `MONOTONIC_USEC=${nowUs}`], status);
    },
    stopping: (status, extendMs) => state(['STOPPING=1', extension(extendMs)], status),
    status: (status) => send({ kind: 'status', text: statusLine(status) }, 0),
    extend: (extendMs) => send({ kind: 'extend', text: extension(extendMs) }, 0),
    alive: () => send({ kind: 'alive', text: 'WATCHDOG=1' }, 0),
    trigger: (status) => state(['WATCHDOG=trigger'], status, LAST_WORDS_MS),
    failed: ({ errno, status }) =>
      state(errno === undefined ? [] : [`ERRNO=${errno}`], status, LAST_WORDS_MS),
  };
}

type Send = (message: NotifyMessage, waitMs: number) => void;

function sender(parts: NotifierParts, socket: string): Send {
  let library: NotifyLibrary | undefined;
  let hasRoom = parts.hasRoom;
  let waiting: readonly NotifyMessage[] = [];
  let isBroken = false;
  let retry: NodeJS.Timeout | undefined;

  const flush = (waitMs: number): void => {
    clearTimeout(retry);
    hasRoom ??= roomAt(socket);
    for (let [next] = waiting; next !== undefined; [next] = waiting) {
      library ??= (parts.load ?? loadLibrary)(socket);
      if (!hasRoom(waitMs) || library.sendState(next.text) === 'full') {
        retry = setTimeout(attempt, RETRY_MS, 0).unref();
        return;
      }
      waiting = waiting.slice(1);
    }
  };
  const attempt = (waitMs: number): void => {
    try {
      flush(waitMs);
    } catch (error) {
      isBroken = true;
      waiting = [];
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
      parts.onProblem(`systemd cannot be told that Reeve is ready: ${why}`);
    }
  };
  return (message, waitMs) => {
    if (isBroken) return;
    waiting = withMessage(waiting, message);
    attempt(waitMs);
  };
}

/**
 * Whether the queue of a notify socket has room within so many ms. The socket is a path or, after
 * `@`, an abstract name; a machine's vsock address has no queue that is seen.
 */
export function roomAt(socket: string): (waitMs: number) => boolean {
  if (!/^[/@]/.test(socket)) return () => true;
  const fd = connectTo(socket);
  return (waitMs) => isWritable(fd, waitMs);
}

function connectTo(socket: string): number {
  const isAbstract = socket.startsWith('@');
  const name = isAbstract ? socket.slice(1) : socket;
  return connectDatagrams({ kind: isAbstract ? 'abstract' : 'path', name });
}

/** sd-notify, or what does the same for a unix socket; an address of another kind needs it. */
function loadLibrary(socket: string): NotifyLibrary {
  try {
    return createRequire(import.meta.url)('sd-notify');
  } catch (error) {
    if (!/^[/@]/.test(socket)) throw error;
  }
  return { sendState: (state) => sendState(socket, state) };
}

function sendState(socket: string, state: string): 'sent' | 'full' {
  const fd = connectTo(socket);
  try {
    const outcome = sendDatagram(fd, Buffer.from(state));
    if (outcome === 'sent' || outcome === 'full') return outcome;
    throw new Error(`nobody takes what is sent to ${socket} (${outcome})`);
  } finally {
    closeSync(fd);
  }
}

/** A newline would begin another assignment. */
function statusLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, STATUS_CHARACTERS_MAX);
  return `STATUS=${line}`;
}
