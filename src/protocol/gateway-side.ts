/**
 * One slot's conversation as the gateway sees it: what may be sent and received, in which order.
 *
 * A worker is not trusted to keep the order: an application can write to any descriptor of its
 * process, and a stray frame that is believed would give one client the answer of another. So a
 * frame that is not in the table ends the channel.
 */

import { frameTypes } from './request-frames.ts';

/**
 * greeting: connected, its HELLO has not come. idle: may be given a request. waiting: runs one, no
 * HEAD yet. answering: HEAD has come. answered: the whole response has come, and END has not.
 * offering: waits for FILE_TAKEN. handed: we send its file.
 * skipping: is at one that was taken back. leaving: was sent DRAIN. broken: sent what it may not.
 */
export type ConversationState =
  | 'greeting'
  | 'idle'
  | 'waiting'
  | 'answering'
  | 'answered'
  | 'offering'
  | 'handed'
  | 'skipping'
  | 'leaving'
  | 'broken';

const afterFrame: Readonly<
  Record<ConversationState, Readonly<Partial<Record<number, ConversationState>>>>
> = {
  greeting: { [frameTypes.hello]: 'idle' },
  idle: {},
  waiting: {
    [frameTypes.answer]: 'idle',
    [frameTypes.response]: 'answered',
    [frameTypes.head]: 'answering',
    [frameTypes.limit]: 'waiting',
    [frameTypes.logVariables]: 'waiting',
    [frameTypes.end]: 'idle',
  },
  answering: {
    [frameTypes.data]: 'answering',
    [frameTypes.file]: 'offering',
    [frameTypes.limit]: 'answering',
    [frameTypes.logVariables]: 'answering',
    [frameTypes.end]: 'idle',
  },
  answered: {
    [frameTypes.limit]: 'answered',
    [frameTypes.logVariables]: 'answered',
    [frameTypes.end]: 'idle',
  },
  offering: { [frameTypes.limit]: 'offering', [frameTypes.logVariables]: 'offering' },
  handed: {
    [frameTypes.limit]: 'handed',
    [frameTypes.logVariables]: 'handed',
    [frameTypes.end]: 'idle',
  },
  skipping: { [frameTypes.skipped]: 'idle' },
  leaving: {},
  broken: {},
};

/** Returns the state after the worker sent a frame of this type; 'broken' where it may not. */
export function afterReceiving(state: ConversationState, frameType: number): ConversationState {
  return afterFrame[state][frameType] ?? 'broken';
}

const isRunningIn: Readonly<Record<ConversationState, boolean>> = {
  greeting: false,
  idle: false,
  waiting: true,
  answering: true,
  answered: true,
  offering: true,
  handed: true,
  skipping: false,
  leaving: false,
  broken: false,
};

/** Whether a request is with this slot that has not had its END. */
export function isRunning(state: ConversationState): boolean {
  return isRunningIn[state];
}
