/** Tasks of spoolers as `reeve jobs` sees them: a directory, or a server that machines share. */

export interface Task {
  readonly name: string;
  /** Where it is: a path, or the address of a server. */
  readonly place: string;
  /** '' or a priority. */
  readonly folder: string;
  readonly isDead: boolean;
  readonly tries: number;
  /** When it is tried, or was put aside: ms since 1970; 0: now. */
  readonly atMs: number;
  readonly error: string;
}

export interface TaskStore {
  /** For people. */
  readonly name: string;
  list(): Promise<readonly Task[]>;
  /** As its file is, or would be. */
  read(task: Task): Promise<Uint8Array>;
  /** It is tried again at once, with all its tries. */
  retry(task: Task): Promise<void>;
  /** It is removed. */
  drop(task: Task): Promise<void>;
  close(): void;
}
