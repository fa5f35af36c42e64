/**
 * What `reeve why` finds, for the status page: from what has happened between two of its
 * questions, without stacks, as those are taken from running threads.
 */
import { diagnose } from '../../diagnosis/diagnose.ts';
import type { Snapshot } from '../../protocol/snapshot.ts';
import type { Evidence } from '../../protocol/stacks-view.ts';
import type { PageFinding } from '../../views/page-status.ts';

interface Look {
  readonly snapshot: Snapshot;
  readonly atMs: number;
}

/** Several browsers may ask: between two looks there is at least so much time. */
const LOOK_MIN_MS = 1_500;
/** What is older says nothing of now. */
const LOOK_MAX_MS = 60_000;
const FINDINGS_MAX = 5;

export class Findings {
  #before: Look | undefined;
  #last: readonly PageFinding[] | null = null;

  /** Null while nothing is known: two looks are needed. */
  async of(
    snapshot: Snapshot,
    evidence: () => Promise<Evidence>,
  ): Promise<readonly PageFinding[] | null> {
    const nowMs = snapshot.takenAtMs ?? 0;
    const before = this.#before;
    const sinceMs = before === undefined ? Infinity : nowMs - before.atMs;
    if (sinceMs >= 0 && sinceMs < LOOK_MIN_MS) return this.#last;
    this.#before = { snapshot, atMs: nowMs };
    // The date may have been set back.
    if (before === undefined || sinceMs > LOOK_MAX_MS || sinceMs < 0) return (this.#last = null);
    const looks = { before: before.snapshot, now: snapshot, seconds: sinceMs / 1000 };
    const found = diagnose({ ...looks, stacks: undefined, evidence: await evidence() });
    this.#last = found.slice(0, FINDINGS_MAX).map(({ severity, sentence, advice }) => {
      return { severity, sentence, advice };
    });
    return this.#last;
  }
}
