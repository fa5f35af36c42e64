/**
 * The journal, by its native protocol: entries with fields, sent without ever waiting for long.
 *
 * Not sd_journal_sendv(3): it waits as long as journald does not read. Here an entry is sent at
 * once or it is said that it was not; whoever logs writes a line to standard error instead.
 */
import { closeSync } from 'node:fs';

import { createTimers, type MonotonicClock } from '../base/clock.ts';
import {
  connectDatagrams,
  isAllRead,
  sendDatagram,
  sendLongDatagram,
  type SendOutcome,
} from '../base/sockets/datagrams.ts';
import { isWritable } from '../base/descriptors.ts';
import { SystemCallError } from '../base/libc.ts';
import { encodeEntry, type JournalField } from './journal-entry.ts';

export interface Journal {
  /** Sends an entry; waits up to `waitMaxMs` for journald to have room. */
  readonly send: (fields: readonly JournalField[], waitMaxMs: number) => 'sent' | 'full' | 'gone';
  /**
   * Waits until journald has read what was sent, before a process ends: it looks up in /proc which
   * unit the sender belongs to.
   */
  readonly settle: (waitMaxMs: number) => void;
}

export const JOURNAL_SOCKET = '/run/systemd/journal/socket';
/** After journald could not be reached, it is not tried again for so long. */
const RETRY_MS = 1_000;
const SETTLE_STEP_MS = 2;

/** Connects on the first entry. */
export function openJournal(
  path: string = JOURNAL_SOCKET,
  { now }: MonotonicClock = createTimers(),
): Journal {
  let fd: number | undefined;
  let retryAtMs = 0;

  const connect = (): number | undefined => {
    if (fd !== undefined || now() < retryAtMs) return fd;
    try {
      fd = connectDatagrams({ kind: 'path', name: path });
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      retryAtMs = now() + RETRY_MS;
    }
    return fd;
  };
  const disconnect = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  const attempt = (entry: Buffer, waitMaxMs: number): 'sent' | 'full' | 'gone' => {
    const connected = connect();
    if (connected === undefined) return 'gone';
    let outcome = put(connected, entry);
    if (outcome === 'full' && waitMaxMs > 0 && isWritable(connected, waitMaxMs)) {
      outcome = put(connected, entry);
    }
    if (outcome === 'sent' || outcome === 'full') return outcome;
    disconnect();
    return 'gone';
  };

  return {
    send(fields, waitMaxMs) {
      const entry = encodeEntry(fields);
      const outcome = attempt(entry, waitMaxMs);
      // Its socket was made anew since we connected: the next connection finds it.
      return outcome === 'gone' ? attempt(entry, waitMaxMs) : outcome;
    },
    settle(waitMaxMs) {
      const deadlineMs = now() + waitMaxMs;
      while (fd !== undefined && !isAllRead(fd) && now() < deadlineMs) {
        sleep(SETTLE_STEP_MS);
      }
      if (fd !== undefined) sleep(SETTLE_STEP_MS);
    },
  };
}

function put(fd: number, entry: Buffer): SendOutcome {
  const outcome = sendDatagram(fd, entry);
  return outcome === 'too-long' ? sendLongDatagram(fd, entry) : outcome;
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
