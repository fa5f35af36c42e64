/**
 * Mailboxes of mules and spoolers are in the memory that the Python processes share; here is the
 * little that the master does for them. By the bell of a mailbox a process that waits hears of a
 * message. All generations have the same bells, as they have the same mailboxes.
 */
import { writeSync } from 'node:fs';

import { openEventCounter } from '../../base/libc.ts';
import type { MailboxTerms } from '../../protocol/spawner-settings.ts';

/** A byte in the head of the shared memory: its twin is in reeve_worker/state/memory.py. */
const STOPPING_AT = 24;

/** Mules take what waits before they end, as nobody comes after them. */
export function announceStop(sharedFd: number): void {
  writeSync(sharedFd, Buffer.of(1), 0, 1, STOPPING_AT);
}

export class Bells {
  readonly #byName = new Map<string, number>();

  /** Their descriptors, in this order. */
  of(mailboxes: readonly MailboxTerms[]): readonly number[] {
    return mailboxes.map(({ name }) => {
      const bell = this.#byName.get(name) ?? openEventCounter();
      this.#byName.set(name, bell);
      return bell;
    });
  }
}
