/**
 * PURE. What is still to be said to systemd while its queue is full: in order, and no more of it
 * than is of use. Of statuses, signs of life and extensions only the newest counts.
 */

export interface NotifyMessage {
  readonly kind: 'state' | 'status' | 'alive' | 'extend';
  readonly text: string;
}

/** Far more than there are states in a life; what is older says nothing any more. */
const waitingMax = 64;

/** The messages that wait when `next` has been added. */
export function withMessage(
  waiting: readonly NotifyMessage[],
  next: NotifyMessage,
): readonly NotifyMessage[] {
  const kept = waiting.filter(({ kind }) => {
    if (kind === 'state') return true;
    // A state brings a status of its own.
    return kind !== next.kind && !(kind === 'status' && next.kind === 'state');
  });
  return [...kept, next].slice(-waitingMax);
}
