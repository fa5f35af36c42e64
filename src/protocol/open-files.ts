/**
 * PURE. How many files a gateway has open for itself and for its workers: the master refuses limits
 * with which it could not serve, the gateway keeps so many free of clients.
 */

/** Measured with Node 24: its own, the log, the lifeline, the channel, the control stream. */
const OWN = 30;
/** The connection of a thread of a worker, and the pipe of its claims. */
const FOR_A_SLOT = 2;

/**
 * With so many slots (threads of workers) in one generation. During a reload the next generation
 * stands beside it, so each counts twice.
 */
export function gatewayFiles(slots: number, listeners: number): number {
  return OWN + listeners + 2 * FOR_A_SLOT * slots;
}
