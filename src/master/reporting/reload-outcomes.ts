/**
 * Tells those that wait for a reload how it ended. Reloads that are requested while one runs become
 * one, with the newest reading of the configuration: its outcome is the outcome of all of them.
 */

export type ReloadOutcome =
  | { readonly kind: 'reloaded'; readonly generation: number; readonly sentence: string }
  | { readonly kind: 'failed'; readonly exitCode: number; readonly sentence: string };

export type OnOutcome = (outcome: ReloadOutcome) => void;

interface Waiting {
  readonly configuration: number;
  readonly onOutcome: OnOutcome;
}

export class ReloadOutcomes {
  #waiting: readonly Waiting[] = [];

  /** `onOutcome` is told how the reload with this reading of the configuration ends. */
  await(configuration: number, onOutcome: OnOutcome): void {
    this.#waiting = [...this.#waiting, { configuration, onOutcome }];
  }

  /** It has ended; the same outcome is told for earlier readings that it has overtaken. */
  settle(configuration: number, outcome: ReloadOutcome): void {
    const told = this.#waiting.filter((each) => each.configuration <= configuration);
    this.#waiting = this.#waiting.filter((each) => each.configuration > configuration);
    for (const { onOutcome } of told) onOutcome(outcome);
  }

  /** No reload will end any more. */
  giveUp(sentence: string, exitCode: number): void {
    this.settle(Infinity, { kind: 'failed', exitCode, sentence });
  }
}
