/**
 * What `reeve status` and its like say to a running daemon, and what it answers: over its control
 * socket, one JSON object a line. A connection carries one request. `stop` is answered when it has
 * begun, and the connection ends when the daemon has.
 */

import type { QuarantinedView, RunningRequest, SpoolView } from './control-messages.ts';

/** The name of the socket in a directory of its own: /run/reeve/NAME/control.sock. */
export const controlFileName = 'control.sock';
/** Below /run for root, below $XDG_RUNTIME_DIR for others. */
export const runtimeFolder = 'reeve';
/** Beside a pidfile, where there is no runtime directory. */
export const controlSuffix = '.control';

export const logLevels = ['debug', 'info', 'warning', 'error'] as const;

export type OperatorRequest =
  /** Who are you? */
  | { readonly command: 'hello' }
  | { readonly command: 'status' }
  /** Answered when its outcome is known. */
  | { readonly command: 'reload' }
  | { readonly command: 'stop' }
  | { readonly command: 'log-level'; readonly level: string }
  | { readonly command: 'scale'; readonly workers: number };

export interface Instance {
  readonly name: string;
  readonly pid: number;
  readonly version: string;
  /** Absolute paths of the configuration files, the first one first. */
  readonly files: readonly string[];
}

export interface OperatorAnswer {
  readonly ok: boolean;
  /** What the command ends with. */
  readonly exitCode: number;
  /** For people, without a full stop. */
  readonly sentence: string;
  readonly instance: Instance;
  readonly status?: InstanceStatus;
}

export interface InstanceStatus {
  readonly phase: string;
  /** The line that systemd shows. */
  readonly line: string;
  readonly gateways: readonly GatewayView[];
  readonly generations: readonly GenerationView[];
}

export interface ProcessView {
  readonly pid: number | null;
  readonly state: string;
  readonly ageSeconds: number;
}

/** The counts are null where it does not answer. */
export interface GatewayView extends ProcessView {
  readonly epoch: number;
  readonly running: number | null;
  readonly queued: number | null;
  readonly connections: number | null;
  readonly requests: number | null;
  /** What waits in files; absent from an older Reeve. */
  readonly spool?: SpoolView | null;
  /** Requests that run alone, as they have killed their workers; absent from an older Reeve. */
  readonly quarantine?: readonly QuarantinedView[] | null;
}

export interface GenerationView {
  readonly number: number;
  readonly role: string;
  readonly spawner: ProcessView;
  readonly workers: readonly WorkerView[];
}

export interface WorkerView extends ProcessView {
  readonly slot: number;
  /** What it is running, for people. */
  readonly now: readonly string[];
  /** The same for programs; absent from an older Reeve. */
  readonly running?: readonly RunningRequest[] | undefined;
  /** How many it has been given; null where its gateway does not report it. */
  readonly requests: number | null;
  /** What the kernel charges to its control group; absent where it has none, or none is kept. */
  readonly chargedBytes?: number | undefined;
}

/** Reads a request as it came; undefined for what is none. */
export function readRequest(value: unknown): OperatorRequest | undefined {
  if (typeof value !== 'object' || value === null || !('command' in value)) return undefined;
  switch (value.command) {
    case 'hello':
    case 'status':
    case 'reload':
    case 'stop':
      return { command: value.command };
    case 'log-level': {
      const level = 'level' in value ? value.level : undefined;
      return typeof level === 'string' ? { command: 'log-level', level } : undefined;
    }
    case 'scale': {
      const workers = 'workers' in value ? value.workers : undefined;
      return typeof workers === 'number' ? { command: 'scale', workers } : undefined;
    }
    default:
      return undefined;
  }
}
