/**
 * Attached daemons: which is started, signalled, killed, looked for, and when.
 *
 * Each has the life of a child (child-lifecycle.ts) and the pauses of a worker that crashes. A
 * reload that has succeeded starts those again that end with Reeve, as the code that they run has
 * changed: the next one is started when the one before has gone with all that it had started.
 *
 * One with a pidfile outlives Reeve. What is a child of ours is only the command that starts it; it
 * itself is the process that the pidfile names. It is looked for before it is started, so that the
 * next Reeve takes it over, and once a second from then on.
 */
import type { AttachedDaemon } from './terms.ts';
import { isAlive, move, newChild, type Child, type ChildEvent } from '../lives/child-lifecycle.ts';
import { bootDelayMs } from '../lives/restart-limit.ts';

export interface DaemonState extends Child {
  /** Of this life of the definition; another one after a reload that changes it. */
  readonly number: number;
  terms: AttachedDaemon;
  /** How often it was started. */
  starts: number;
  /** It is to be started again when it has ended. */
  isWanted: boolean;
  /** It is to be started; one with a pidfile is looked for before. */
  isDue: boolean;
  /** How its last process ended, for people; '' while none has. */
  lastEnd: string;
  /** With a pidfile: the process that it names, and when to look next. */
  watchedPid: number | undefined;
  lookAtMs: number | undefined;
  /** So long after a start the pidfile may name nothing. */
  patientUntilMs: number;
}

export interface Daemons {
  phase: 'idle' | 'running' | 'stopping' | 'ended';
  daemons: DaemonState[];
  nextNumber: number;
}

export type DaemonEvent =
  /** The first time, and after each reload that has succeeded. */
  | { readonly kind: 'wanted'; readonly daemons: readonly AttachedDaemon[] }
  | { readonly kind: 'stop'; readonly limitMs: number }
  | { readonly kind: 'started'; readonly number: number; readonly pid: number }
  /** It cannot be run: `how` says why. */
  | { readonly kind: 'ended'; readonly number: number; readonly how: string }
  | { readonly kind: 'looked'; readonly number: number; readonly pid: number | undefined }
  | { readonly kind: 'touched'; readonly number: number; readonly file: string }
  | { readonly kind: 'time' };

type Of = { readonly number: number; readonly terms: AttachedDaemon };

export type DaemonEffect =
  | (Of & { readonly kind: 'start' })
  /** With the signal, and SIGKILL for what is left after so long. */
  | (Of & { readonly kind: 'end'; readonly signal: number; readonly limitMs: number })
  | (Of & { readonly kind: 'kill' })
  /** What has started it goes, it itself stays. */
  | (Of & { readonly kind: 'release' })
  /** Which process does its pidfile name? */
  | (Of & { readonly kind: 'look' })
  /** A signal to the process that the pidfile names. */
  | (Of & { readonly kind: 'notify'; readonly pid: number; readonly signal: number })
  /** Its end is the end of Reeve. */
  | (Of & { readonly kind: 'control-ended' })
  | (Of & { readonly kind: 'say'; readonly what: DaemonNews })
  | { readonly kind: 'all-gone' };

export type DaemonNews =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'adopted'; readonly pid: number }
  | { readonly kind: 'ended'; readonly how: string; readonly againInMs: number | undefined }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'left'; readonly pid: number }
  | { readonly kind: 'touched'; readonly file: string };

/** So long a life is sound: the next failure is the first again. */
const soundMs = 10_000;
/** How often pidfiles are read, as uWSGI's master cycle does. */
const lookEveryMs = 1_000;
/** What a reload replaces has this long to end. */
const leaveMs = 60_000;
const SIGHUP = 1;

interface Turn {
  readonly state: Daemons;
  readonly effects: DaemonEffect[];
  readonly nowMs: number;
}

export function newDaemons(): Daemons {
  return { phase: 'idle', daemons: [], nextNumber: 1 };
}

/** One event: the state after it, and what is to be done. */
export function stepDaemons(
  before: Daemons,
  event: DaemonEvent,
  nowMs: number,
): { readonly daemons: Daemons; readonly effects: readonly DaemonEffect[] } {
  const state = { ...before, daemons: before.daemons.map((daemon) => ({ ...daemon })) };
  const turn = { state, effects: [], nowMs };
  take(turn, event);
  settle(turn);
  return { daemons: state, effects: turn.effects };
}

/** When `time` is to be posted next; undefined: not before another event. */
export function nextDaemonDeadline({ phase, daemons }: Daemons): number | undefined {
  if (phase === 'idle' || phase === 'ended') return undefined;
  const mayStart = phase === 'running' && !isHeldUp(daemons);
  const moments = daemons.flatMap((daemon) => [
    ...(daemon.limitAtMs === undefined ? [] : [daemon.limitAtMs]),
    ...(mayStart && isToStart(daemon) ? [daemon.startAtMs] : []),
    ...(daemon.lookAtMs === undefined ? [] : [daemon.lookAtMs]),
  ]);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function take(turn: Turn, event: DaemonEvent): void {
  if (event.kind === 'time') return;
  if (event.kind === 'wanted') return want(turn, event.daemons);
  if (event.kind === 'stop') return stop(turn, event.limitMs);
  const daemon = turn.state.daemons.find(({ number }) => number === event.number);
  if (daemon === undefined) return;
  switch (event.kind) {
    case 'started':
      daemon.pid = event.pid;
      // One with a pidfile is told when the file names it.
      if (daemon.terms.pidfile === '') say(turn, daemon, { kind: 'started', pid: event.pid });
      return change(turn, daemon, 'ready');
    case 'ended':
      return ended(turn, daemon, event.how);
    case 'looked':
      return looked(turn, daemon, event.pid);
    case 'touched':
      if (daemon.state === 'up' || daemon.watchedPid !== undefined) {
        say(turn, daemon, { kind: 'touched', file: event.file });
      }
      return restart(turn, daemon, daemon.terms.stopSignal);
    default:
      event satisfies never;
  }
}

function want(turn: Turn, wanted: readonly AttachedDaemon[]): void {
  const { state } = turn;
  if (state.phase === 'stopping' || state.phase === 'ended') return;
  const isReload = state.phase === 'running';
  state.phase = 'running';
  for (const daemon of state.daemons) {
    const terms = wanted.find(({ key }) => key === daemon.terms.key);
    const signal = daemon.terms.reloadSignal || daemon.terms.stopSignal;
    if (terms === undefined) leave(turn, daemon, signal, leaveMs);
    else if (daemon.isWanted) {
      daemon.terms = terms;
      if (isReload && terms.pidfile === '') restart(turn, daemon, signal);
      else if (isReload) notify(turn, daemon, terms.reloadSignal || SIGHUP);
    }
  }
  const known = new Set(
    state.daemons.filter(({ isWanted }) => isWanted).map(({ terms }) => terms.key),
  );
  for (const terms of wanted) {
    if (!known.has(terms.key)) state.daemons.push(newDaemon(state.nextNumber++, terms, turn.nowMs));
  }
}

function newDaemon(number: number, terms: AttachedDaemon, nowMs: number): DaemonState {
  const hasPidfile = terms.pidfile !== '';
  return {
    ...newChild(nowMs),
    number,
    terms,
    starts: 0,
    isWanted: true,
    isDue: !hasPidfile,
    lastEnd: '',
    watchedPid: undefined,
    lookAtMs: hasPidfile ? nowMs : undefined,
    patientUntilMs: nowMs,
  };
}

function stop(turn: Turn, limitMs: number): void {
  const { state } = turn;
  if (state.phase === 'ended') return;
  state.phase = 'stopping';
  for (const daemon of state.daemons) {
    notify(turn, daemon, daemon.terms.stopSignal);
    leave(turn, daemon, daemon.terms.stopSignal, limitMs);
  }
}

/** It is not started again; one that outlives Reeve is left alone. */
function leave(turn: Turn, daemon: DaemonState, signal: number, limitMs: number): void {
  daemon.isWanted = false;
  daemon.lookAtMs = undefined;
  if (daemon.watchedPid !== undefined) {
    say(turn, daemon, { kind: 'left', pid: daemon.watchedPid });
    daemon.watchedPid = undefined;
  }
  end(turn, daemon, signal, limitMs);
}

function restart(turn: Turn, daemon: DaemonState, signal: number): void {
  daemon.failures = 0;
  daemon.startAtMs = turn.nowMs;
  const { number, terms, watchedPid: pid } = daemon;
  if (terms.pidfile === '') return end(turn, daemon, signal, leaveMs);
  if (pid !== undefined) turn.effects.push({ kind: 'notify', number, terms, pid, signal });
}

function end(turn: Turn, daemon: DaemonState, signal: number, limitMs: number): void {
  const { number, terms } = daemon;
  if (daemon.state === 'up') {
    if (terms.pidfile === '') turn.effects.push({ kind: 'end', number, terms, signal, limitMs });
    else turn.effects.push({ kind: 'release', number, terms });
    move(daemon, 'drain', turn.nowMs, limitMs);
  } else if (daemon.state === 'draining') {
    const limitAtMs = turn.nowMs + limitMs;
    if (limitAtMs < (daemon.limitAtMs ?? Infinity)) {
      daemon.limitAtMs = limitAtMs;
      turn.effects.push({ kind: 'end', number, terms, signal, limitMs });
    }
  } else change(turn, daemon, 'drain');
}

function notify(turn: Turn, daemon: DaemonState, signal: number): void {
  const { number, terms, watchedPid: pid } = daemon;
  if (!terms.isNotified || pid === undefined) return;
  turn.effects.push({ kind: 'notify', number, terms, pid, signal });
}

/** The command, or what starts a daemon with a pidfile, has ended with all that belonged to it. */
function ended(turn: Turn, daemon: DaemonState, how: string): void {
  const { nowMs } = turn;
  const wasAsked = daemon.state === 'draining' || daemon.state === 'killed';
  const livedMs = daemon.state === 'up' ? nowMs - daemon.sinceMs : 0;
  daemon.lastEnd = how;
  move(daemon, 'exit', nowMs);
  const { number, terms } = daemon;
  daemon.isDue = terms.pidfile === '';
  if (terms.pidfile !== '' && !wasAsked) return startedOrNot(turn, daemon, how);
  if (wasAsked) return say(turn, daemon, { kind: 'stopped' });
  if (terms.isControl) {
    say(turn, daemon, { kind: 'ended', how, againInMs: undefined });
    daemon.isWanted = false;
    return void turn.effects.push({ kind: 'control-ended', number, terms });
  }
  failed(turn, daemon, how, livedMs);
}

/** A command that has put its daemon into the background: its pidfile tells the rest. */
function startedOrNot(turn: Turn, daemon: DaemonState, how: string): void {
  const isGood = how === 'exited with code 0';
  if (isGood || daemon.watchedPid !== undefined) return;
  daemon.patientUntilMs = turn.nowMs;
  daemon.lookAtMs = turn.nowMs;
}

function failed(turn: Turn, daemon: DaemonState, how: string, livedMs: number): void {
  daemon.failures = livedMs >= soundMs ? 1 : daemon.failures + 1;
  const { pauseMaxMs } = daemon.terms;
  const pauseMs = Math.min(bootDelayMs(daemon.failures), pauseMaxMs > 0 ? pauseMaxMs : Infinity);
  daemon.startAtMs = turn.nowMs + pauseMs;
  daemon.isDue = true;
  const againInMs = daemon.isWanted && turn.state.phase === 'running' ? pauseMs : undefined;
  say(turn, daemon, { kind: 'ended', how, againInMs });
}

function looked(turn: Turn, daemon: DaemonState, pid: number | undefined): void {
  const { nowMs } = turn;
  if (!daemon.isWanted) return;
  const before = daemon.watchedPid;
  daemon.watchedPid = pid;
  daemon.lookAtMs = nowMs + lookEveryMs;
  if (pid !== undefined) {
    if (pid === before) {
      if (nowMs - daemon.patientUntilMs > soundMs) daemon.failures = 0;
      return;
    }
    daemon.patientUntilMs = nowMs;
    return say(turn, daemon, { kind: daemon.starts > 0 ? 'started' : 'adopted', pid });
  }
  if (before !== undefined) return failed(turn, daemon, 'ended', nowMs - daemon.patientUntilMs);
  if (daemon.starts === 0) daemon.isDue = true;
  if (daemon.isDue || isAlive(daemon) || nowMs < daemon.patientUntilMs) return;
  const how =
    daemon.lastEnd === '' || daemon.lastEnd === 'exited with code 0'
      ? `did not appear in ${daemon.terms.pidfile}`
      : daemon.lastEnd;
  daemon.lastEnd = '';
  failed(turn, daemon, how, 0);
}

/** What follows from the state, whatever happened. */
function settle(turn: Turn): void {
  const { state, effects, nowMs } = turn;
  for (const daemon of state.daemons) {
    const { number, terms } = daemon;
    if (daemon.limitAtMs !== undefined && nowMs >= daemon.limitAtMs)
      change(turn, daemon, 'timeout');
    if (daemon.lookAtMs !== undefined && nowMs >= daemon.lookAtMs) {
      daemon.lookAtMs = nowMs + lookEveryMs;
      effects.push({ kind: 'look', number, terms });
    }
  }
  if (state.phase === 'running') startDue(turn);
  state.daemons = state.daemons.filter((daemon) => daemon.isWanted || isAlive(daemon));
  if (state.phase !== 'stopping' || state.daemons.length > 0) return;
  state.phase = 'ended';
  effects.push({ kind: 'all-gone' });
}

function startDue(turn: Turn): void {
  const { daemons } = turn.state;
  if (isHeldUp(daemons)) return;
  for (const daemon of daemons) {
    if (!isToStart(daemon) || daemon.startAtMs > turn.nowMs) continue;
    daemon.isDue = false;
    daemon.starts += 1;
    daemon.lastEnd = '';
    daemon.patientUntilMs = turn.nowMs + daemon.terms.patienceMs;
    change(turn, daemon, 'start');
  }
}

/** What a reload has removed goes first: it may hold the port that the next one needs. */
function isHeldUp(daemons: readonly DaemonState[]): boolean {
  return daemons.some((daemon) => !daemon.isWanted && isAlive(daemon));
}

function isToStart({ isWanted, isDue, state }: DaemonState): boolean {
  return isWanted && isDue && state === 'down';
}

function change(turn: Turn, daemon: DaemonState, event: ChildEvent): void {
  const { number, terms } = daemon;
  for (const action of move(daemon, event, turn.nowMs)) {
    if (action === 'start-process') turn.effects.push({ kind: 'start', number, terms });
    if (action === 'send-sigkill') turn.effects.push({ kind: 'kill', number, terms });
  }
}

function say(turn: Turn, { number, terms }: DaemonState, what: DaemonNews): void {
  turn.effects.push({ kind: 'say', number, terms, what });
}
