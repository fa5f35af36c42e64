/**
 * PURE. The messages between the master and the keeper of a command (kept_command.py): one for each
 * attached daemon and each run of a cron command, on a control stream as other children have it.
 */

/**
 * `daemon`: what the command leaves behind ends with it; `task`: that may go on until Reeve ends;
 * `detached`: it outlives Reeve, and its output does not come to the master.
 */
export type KeeperMode = 'daemon' | 'task' | 'detached';

/** The first message: what to run, and as whom. */
export interface KeeperOrder {
  readonly type: 'run';
  readonly title: string;
  readonly mode: KeeperMode;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Names or numbers; '' = those of the master. */
  readonly uid: string;
  readonly gid: string;
  /** Written by the command's process before the command is run; '' = none. */
  readonly pidfile: string;
  /** The descriptor that becomes standard input; -1 = there is nothing to read. */
  readonly input: number;
}

export type ToKeeper =
  | KeeperOrder
  /** The signal now, SIGKILL for all that is left after so many seconds. */
  | { readonly type: 'end'; readonly signal: number; readonly seconds: number }
  /** To the process group of the command. */
  | { readonly type: 'signal'; readonly signal: number };

export type FromKeeper =
  | { readonly type: 'started'; readonly pid: number }
  /** It cannot be run; the keeper ends after this. */
  | { readonly type: 'failed'; readonly sentence: string }
  | { readonly type: 'line'; readonly text: string }
  /** The command has ended, what it has left behind may still run. -1 where one does not apply. */
  | { readonly type: 'ended'; readonly code: number; readonly signal: number };
