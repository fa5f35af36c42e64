/** What is advised: types that the rules share. */
import type { SnapshotOption } from '../protocol/snapshot.ts';

/** `well`: more will hardly change it; `no`: there is too little to say anything. */
export type Sureness = 'no' | 'roughly' | 'well';

export interface Advised {
  /** Null: keep what there is. */
  readonly value: number | null;
  /** Whole sentences. */
  readonly why: readonly string[];
}

export interface Advice {
  readonly sure: Sureness;
  readonly why: string;
  readonly options: Readonly<Record<SnapshotOption, Advised>>;
}

/** What the workers get. */
export interface Fitting {
  readonly processes: number;
  readonly threads: number;
  readonly why: readonly string[];
  readonly whyThreads: readonly string[];
}
