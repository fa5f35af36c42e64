/** Questions to gateways for their whole status, and the answers; a deaf one is not waited for. */
import type { FromGateway, ToGateway } from '../../protocol/control-messages.ts';

export type GatewayReport = Extract<FromGateway, { type: 'status' }>;

/** Who has not answered by then is left out. */
const answerMs = 2_000;

interface Question {
  readonly answers: Map<number, GatewayReport>;
  readonly epochs: readonly number[];
  readonly done: () => void;
}

export class GatewayReports {
  readonly #send: (epoch: number, message: ToGateway) => void;
  readonly #open = new Map<number, Question>();
  #number = 0;

  constructor(send: (epoch: number, message: ToGateway) => void) {
    this.#send = send;
  }

  /** Resolves to the answers by epoch when all have answered, or after two seconds. */
  ask(epochs: readonly number[]): Promise<ReadonlyMap<number, GatewayReport>> {
    this.#number += 1;
    const number = this.#number;
    const answers = new Map<number, GatewayReport>();
    if (epochs.length === 0) return Promise.resolve(answers);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#open.delete(number);
        resolve(answers);
      };
      const timer = setTimeout(done, answerMs);
      this.#open.set(number, { answers, epochs, done });
      for (const epoch of epochs) this.#send(epoch, { type: 'report-status', number });
    });
  }

  take(epoch: number, report: GatewayReport): void {
    const question = this.#open.get(report.number);
    if (question === undefined) return;
    question.answers.set(epoch, report);
    if (question.epochs.every((each) => question.answers.has(each))) question.done();
  }
}
