/** The screen of `reeve top`: what is seen on it, and what its keys do. */
import type { Timers } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { ask } from '../instances/control-client.ts';
import { stacksText } from '../seeing/stacks-text.ts';
import type { Colours } from './line.ts';
import type { WorkerLine } from './look.ts';
import type { Observer } from './observer.ts';
import { pageOf, screenLines, type Screen } from './screen.ts';
import { afterKeys, firstState, type TopState, type Wish } from './state.ts';
import { Terminal } from './terminal.ts';
import type { Key } from './keys.ts';

export interface TopScreenParts {
  readonly observer: Observer;
  readonly timers: Timers;
  readonly intervalSeconds: number;
  /** One instance was named. */
  readonly isOne: boolean;
  readonly colours: Colours;
}

export class TopScreen {
  readonly #parts: TopScreenParts;
  readonly #ended = Promise.withResolvers<'asked' | 'gone'>();
  #terminal: Terminal | undefined;
  #state: TopState;

  constructor(parts: TopScreenParts) {
    this.#parts = parts;
    const { isOne, observer } = parts;
    const [only, ...others] = observer.lines;
    const isAlone = isOne || (others.length === 0 && observer.silent.length === 0);
    const table = isAlone ? 'workers' : 'instances';
    this.#state = { ...firstState, table, path: isAlone ? (only?.path ?? '') : '' };
  }

  /** Resolves when it was asked to end, or nothing is left to see; the terminal is as it was. */
  async shown(): Promise<'asked' | 'gone'> {
    const { timers, intervalSeconds, observer, colours } = this.#parts;
    const draw = (): void => this.draw();
    const terminal = new Terminal({
      colours,
      onKeys: (keys) => this.#take(keys),
      onResize: draw,
      onEnd: () => this.#ended.resolve('asked'),
    });
    this.#terminal = terminal;
    const stop = timers.every(intervalSeconds * 1000, () => {
      this.#begin(observer.look());
      draw();
    });
    try {
      draw();
      return await this.#ended.promise;
    } finally {
      stop();
      terminal.close();
    }
  }

  /** Shows what is known now. */
  draw(): void {
    const { observer } = this.#parts;
    if (observer.isEmpty) return this.#ended.resolve('gone');
    const screen = this.#screen();
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    terminal.show(screenLines(screen, terminal.size));
  }

  #screen(): Screen {
    const { observer, isOne, intervalSeconds } = this.#parts;
    const { lines: instances, silent } = observer;
    const isThere = instances.some(({ path }) => path === this.#state.path);
    // The one that was shown has gone: the others are left.
    if (!isThere && !isOne) this.#state = { ...this.#state, table: 'instances', path: '' };
    return { state: this.#state, instances, silent, intervalSeconds };
  }

  #take(keys: readonly Key[]): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    const screen = this.#screen();
    const { instances } = screen;
    const { isOne } = this.#parts;
    const seen = { instances, isOne, ...pageOf(screen, terminal.size) };
    const { state, wish } = afterKeys(screen.state, keys, seen);
    this.#state = state;
    this.#do(wish, terminal);
    this.draw();
  }

  #do(wish: Wish, terminal: Terminal): void {
    switch (wish.kind) {
      case 'none':
        return;
      case 'quit':
        return this.#ended.resolve('asked');
      case 'suspend':
        return terminal.suspend();
      case 'redraw':
        return terminal.forget();
      case 'look':
        return this.#begin(this.#parts.observer.look());
      case 'reload':
        return this.#begin(this.#reload(wish.path));
      case 'stacks':
        return this.#begin(this.#readStacks(wish));
      default:
        wish satisfies never;
    }
  }

  /** A fault in it ends the command, with the terminal as it was. */
  #begin(work: Promise<void>): void {
    work.catch((error: unknown) => this.#ended.reject(error));
  }

  async #reload(path: string): Promise<void> {
    const notice = await this.#outcomeOf(path);
    this.#state = { ...this.#state, notice };
    this.draw();
  }

  async #readStacks({ path, worker }: Extract<Wish, { kind: 'stacks' }>): Promise<void> {
    const text = await this.#stacksOf(path, worker);
    this.#state = { ...this.#state, text };
    this.draw();
  }

  async #stacksOf(path: string, worker: WorkerLine | undefined): Promise<readonly string[]> {
    try {
      const { instance, stacks, sentence } = await ask(path, { command: 'stacks' });
      if (stacks === undefined) return [sentence];
      const meant = stacks.processes.filter(({ generation, slot }) => {
        return generation === worker?.generation && slot === worker.worker.slot;
      });
      const processes = meant.length === 0 ? stacks.processes : meant;
      return stacksText(instance, { ...stacks, processes })
        .trimEnd()
        .split('\n');
    } catch (error) {
      if (error instanceof OperatorError) return [error.message];
      throw error;
    }
  }

  async #outcomeOf(path: string): Promise<string> {
    try {
      const { instance, sentence } = await ask(path, { command: 'reload' });
      return `${instance.name}: ${sentence}`;
    } catch (error) {
      if (error instanceof OperatorError) return error.message;
      throw error;
    }
  }
}
