/**
 * What `reeve status` and its like say to a running daemon, and what it answers: over its control
 * socket, one JSON object a line. A connection carries one request. `stop` is answered when it has
 * begun, and the connection ends when the daemon has.
 */

import type { Snapshot } from './snapshot.ts';
import type { Evidence, ProfileView, StacksView } from './stacks-view.ts';

/** The name of the socket in a directory of its own: /run/reeve/NAME/control.sock. */
export const controlFileName = 'control.sock';
/** Below /run for root, below $XDG_RUNTIME_DIR for others. */
export const runtimeFolder = 'reeve';
/** Beside a pidfile, where there is no runtime directory. */
export const controlSuffix = '.control';

export const logLevels = ['debug', 'info', 'warning', 'error'] as const;

/** How long a profile takes at most. */
export const PROFILE_SECONDS_MAX = 600;

export type OperatorRequest =
  /** Who are you? */
  | { readonly command: 'hello' }
  | { readonly command: 'status' }
  /** The status, and what else is needed to explain it. */
  | { readonly command: 'evidence' }
  /** Where tasks lie: directories, and addresses with their passwords. */
  | { readonly command: 'spoolers' }
  /** Answered when its outcome is known; `chain`: worker by worker. */
  | { readonly command: 'reload'; readonly chain?: boolean }
  | { readonly command: 'metrics'; readonly format: 'prometheus' | 'openmetrics' }
  /** What each thread of each Python process does now. */
  | { readonly command: 'stacks' }
  /** Where the threads of workers, mules and spoolers are, for so many seconds. */
  | { readonly command: 'profile'; readonly seconds: number }
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
  readonly status?: Snapshot;
  readonly evidence?: Evidence;
  /** Of `spoolers`. */
  readonly places?: readonly string[];
  /** Of `metrics`. */
  readonly text?: string;
  readonly stacks?: StacksView;
  readonly profile?: ProfileView;
}

/** Reads a request as it came; undefined for what is none. */
export function readRequest(value: unknown): OperatorRequest | undefined {
  if (typeof value !== 'object' || value === null || !('command' in value)) return undefined;
  switch (value.command) {
    case 'hello':
    case 'status':
    case 'stacks':
    case 'evidence':
    case 'spoolers':
    case 'stop':
      return { command: value.command };
    case 'reload':
      return { command: 'reload', chain: 'chain' in value && value.chain === true };
    case 'metrics': {
      const isOpen = 'format' in value && value.format === 'openmetrics';
      return { command: 'metrics', format: isOpen ? 'openmetrics' : 'prometheus' };
    }
    case 'profile': {
      const seconds = 'seconds' in value ? value.seconds : undefined;
      return typeof seconds === 'number' ? { command: 'profile', seconds } : undefined;
    }
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
