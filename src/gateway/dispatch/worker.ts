/** A worker process, as the gateway knows it. */

import type { WorkerSlot } from '../../protocol/control-messages.ts';
import type { DispatchWorker } from './dispatcher.ts';
import type { WorkerConnection } from '../workers/slot.ts';
import type { ConnectedSlot } from '../workers/worker-slot.ts';

export interface PooledWorker extends DispatchWorker {
  readonly generation: number;
  readonly slot: number;
  readonly token: string;
  readonly threads: number;
  /** 0 until it has said HELLO. */
  pid: number;
  /** By thread. */
  readonly connections: Map<number, WorkerConnection>;
  /** When it was first given a request, in ms on the monotonic clock; 0 before. */
  enabledAtMs: number;
  /** It has so many requests before it that some may be sent ahead; false near its max-requests. */
  takesAhead: boolean;
  /** Is to leave: each slot is sent away as it becomes idle. */
  isDraining: boolean;
  /** A request of it has overrun: it gets nothing more, and the master will end it. */
  hasOverrun: boolean;
  /** How it ended, once the master has said so: "killed by signal 9". */
  exited: string;
  /** All its threads have been connected, and the master knows. */
  isAnnounced: boolean;
  /** Its threads shall open the log anew when they are idle; the slots that have not yet. */
  readonly logReopensDue: Set<ConnectedSlot>;
}

/** Returns a worker that may connect with `token`, and is given nothing before it is enabled. */
export function pooledWorker(expected: {
  readonly generation: number;
  readonly slot: number;
  readonly token: string;
  readonly threads: number;
}): PooledWorker {
  return {
    generation: expected.generation,
    slot: expected.slot,
    token: expected.token,
    threads: expected.threads,
    pid: 0,
    connections: new Map(),
    isEnabled: false,
    taken: 0,
    busy: 0,
    begun: 0,
    enabledAtMs: 0,
    takesAhead: true,
    isDraining: false,
    hasOverrun: false,
    exited: '',
    isAnnounced: false,
    logReopensDue: new Set(),
  };
}

/** What a connection belongs to that has not said who it is. */
export const nobody = { generation: 0, slot: 0, token: '', threads: 0 };

/** Returns the key of a worker's place; pids come and go in it. */
export function keyOf(slot: WorkerSlot): string {
  return `${slot.generation}.${slot.slot}`;
}
