/**
 * `reeve top`: what instances do, by the second. On a terminal it is a screen with keys; elsewhere,
 * and where the terminal cannot move its cursor, plain lines.
 */
import { isatty } from 'node:tty';

import { createTimers, type Timers } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { instanceMeant, isInUnit, visibleInstances } from '../instances/target.ts';
import { isWritten } from '../process/write.ts';
import { Observer } from './observer.ts';
import { plainLines } from './screen.ts';
import { firstState, type TopState } from './state.ts';
import { TopScreen } from './top-screen.ts';

import type { OperateRequest } from '../instances/operate.ts';
import type { Colours } from './line.ts';

export interface TopRequest extends OperateRequest {
  readonly intervalSeconds: number;
  /** `screen` where the terminal can show one; else what it does without. */
  readonly mode: 'screen' | 'batch' | 'once';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the exit code. */
export async function top(request: TopRequest): Promise<number> {
  const timers = createTimers();
  const { environment, intervalSeconds } = request;
  const named = await namedInstance(request);
  const find = named === undefined ? () => visibleInstances(environment) : undefined;
  let news = (): void => {};
  const first = named === undefined ? [] : [named];
  const observer = new Observer({ timers, intervalSeconds, find, onNews: () => news() }, first);
  await observer.look();
  const mode = modeOf(request);
  if (observer.isEmpty) throw nobody(observer);
  if (mode !== 'screen') {
    await printed(observer, { timers, intervalSeconds, mode });
  } else {
    const isOne = named !== undefined;
    const terms = { observer, timers, intervalSeconds, isOne, colours: coloursOf(environment) };
    const screen = new TopScreen(terms);
    news = () => screen.draw();
    const end = await screen.shown();
    if (end === 'asked') return exitCodes.stopped;
  }
  if (observer.isEmpty) throw nobody(observer, named?.name);
  return exitCodes.stopped;
}

/** Within a unit its own; else the one that was named, or undefined for all of them. */
async function namedInstance({ target, environment }: OperateRequest) {
  const isAll = target === undefined && !isInUnit(environment);
  return isAll ? undefined : await instanceMeant(target, environment);
}

function nobody({ silent }: Observer, name?: string): OperatorError {
  const [mute] = silent;
  const why =
    mute === undefined ? 'no instance runs' : `${mute.name} cannot be asked: ${mute.reason}`;
  const what = name === undefined ? why : `${name} has ended`;
  return new OperatorError({ what, exitCode: exitCodes.unavailable });
}

/** A terminal that moves its cursor, and keys from it. */
function modeOf({ mode, environment }: TopRequest): TopRequest['mode'] {
  if (mode !== 'screen') return mode;
  if (!isatty(1)) return 'once';
  const isDumb = ['', 'dumb'].includes(environment['TERM'] ?? '');
  return isDumb || !isatty(0) ? 'batch' : 'screen';
}

/** https://no-color.org: any value but an empty one. */
function coloursOf({ NO_COLOR: without = '' }: Environment): Colours {
  return without === '' ? 'coloured' : 'styled';
}

interface PrintTerms {
  readonly timers: Timers;
  readonly intervalSeconds: number;
  readonly mode: 'batch' | 'once';
}

/** Prints after each interval, until nobody reads it or nobody is left. */
async function printed(
  observer: Observer,
  { timers, intervalSeconds, mode }: PrintTerms,
): Promise<void> {
  for (;;) {
    await new Promise<void>((due) => void timers.after(intervalSeconds * 1000, due));
    await observer.look();
    if (observer.isEmpty) return;
    const { lines: instances, silent } = observer;
    const [only, ...others] = instances;
    const isOne = only !== undefined && others.length === 0;
    const state: TopState = isOne
      ? { ...firstState, table: 'workers', path: only.path }
      : firstState;
    const lines = plainLines({ state, instances, silent, intervalSeconds });
    const isRead = isWritten(1, `${lines.join('\n')}\n${mode === 'batch' ? '\n' : ''}`);
    if (mode === 'once' || !isRead) return;
  }
}
