/**
 * The bells of the mailboxes, by which a process that waits for messages hears of one. All
 * generations have the same ones, as they share the memory that the mailboxes are in.
 */
import { openEventCounter } from '../../base/libc.ts';
import type { MailboxTerms } from '../../protocol/spawner-settings.ts';

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
