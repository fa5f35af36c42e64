/** Questions to the gateways that run, and their answers. */
import type { Timers } from '../../base/clock.ts';

/** A gateway that has not answered by then is left out. */
const answerMs = 2_000;

export interface GatewayReportsParts {
  readonly timers: Timers;
  /** Asks a gateway; its answer has the same number. */
  readonly ask: (epoch: number, number: number) => void;
}

interface Question<Answer> {
  readonly answers: Map<number, Answer>;
  readonly epochs: readonly number[];
  readonly done: () => void;
}

/** Asks gateways for the same thing and collects the answers, for two seconds at most. */
export class GatewayReports<Answer extends { readonly number: number }> {
  readonly #parts: GatewayReportsParts;
  readonly #open = new Map<number, Question<Answer>>();
  #number = 0;

  constructor(parts: GatewayReportsParts) {
    this.#parts = parts;
  }

  /** Resolves to the answers by epoch when all have answered, or after two seconds. */
  ask(epochs: readonly number[]): Promise<ReadonlyMap<number, Answer>> {
    this.#number += 1;
    const number = this.#number;
    const answers = new Map<number, Answer>();
    if (epochs.length === 0) return Promise.resolve(answers);
    return new Promise((resolve) => {
      const done = (): void => {
        stopWaiting();
        this.#open.delete(number);
        resolve(answers);
      };
      const stopWaiting = this.#parts.timers.after(answerMs, done);
      this.#open.set(number, { answers, epochs, done });
      for (const epoch of epochs) this.#parts.ask(epoch, number);
    });
  }

  take(epoch: number, answer: Answer): void {
    const question = this.#open.get(answer.number);
    if (question === undefined) return;
    question.answers.set(epoch, answer);
    if (question.epochs.every((each) => question.answers.has(each))) question.done();
  }
}
