/**
 * Whether the gateways answer: each is asked at every beat, and one that is silent for too long
 * is killed and started anew, as if it had crashed. Its event loop is blocked or it was stopped,
 * and nobody would notice otherwise: the kernel goes on to accept connections for it.
 *
 * The master may have slept itself (a stopped machine, a stopped process, no processor for it).
 * Then answers wait unread in its own queue, and a gateway is not punished for that.
 */
import { moveGateway } from './children.ts';
import { say, type Draft, type Ended } from './events.ts';
import type { Fleet, Gateway } from './fleet.ts';
import { steadyAfterMs } from './lives/restart-limit.ts';

/** Ends in a row after which starting it again is not believed to help. */
const failuresMax = 5;
const deafLivesMax = 2;
/** A start on a busy machine may take longer than an answer. */
const hangingFactor = 1.5;

/**
 * So long a gateway may be missing because the system refuses to start it. It is tried on after
 * that, but a restart of the service may help: it ends what has used the limit up.
 */
const refusedMaxMs = 30_000;

/** Asks every gateway that is up; replaces one that has been silent for `deafAfterMs`. */
export function askGateways(draft: Draft, deafAfterMs: number, sinceLastBeatMs: number): void {
  const { fleet, nowMs } = draft;
  const hasSlept = sinceLastBeatMs > deafAfterMs / 2;
  for (const gateway of fleet.gateways) {
    if (gateway.state !== 'up') {
      if (hasSlept && isAway(gateway)) gateway.sinceMs = nowMs;
      else lostIfItHangs(draft, gateway, deafAfterMs);
      continue;
    }
    const { ping } = gateway;
    if (ping === undefined) ask(draft, gateway);
    else if (hasSlept) gateway.ping = { ...ping, sentAtMs: nowMs, beats: 0 };
    else if (nowMs - ping.sentAtMs >= deafAfterMs) replaceDeaf(draft, gateway, deafAfterMs);
    else gateway.ping = { ...ping, beats: ping.beats + 1 };
  }
}

/** It was open to clients, and is neither up nor waits for its start. */
function isAway({ opened, state }: Gateway): boolean {
  return opened && (state === 'starting' || state === 'killed');
}

/**
 * The next one hangs before it is ready, or the last one does not even die. The watchdog is fed no
 * more; systemd is told why before its own time is over, which is twice the deaf limit at least.
 */
function lostIfItHangs(draft: Draft, gateway: Gateway, deafAfterMs: number): void {
  const { fleet, nowMs } = draft;
  const { epoch, state, sinceMs, deafLives } = gateway;
  if (!fleet.everReady || fleet.phase !== 'serving' || !isAway(gateway)) return;
  const isSaid = deafLives > deafLivesMax;
  if (isSaid || nowMs - sinceMs < deafAfterMs * hangingFactor) return;
  gateway.deafLives = deafLivesMax + 1;
  const seconds = (deafAfterMs * hangingFactor) / 1000;
  const sentence =
    state === 'killed'
      ? `the gateway was killed, and has not ended for ${seconds} s`
      : `the gateway was lost, and the one that replaces it has not started for ${seconds} s`;
  draft.effects.push({ kind: 'gateway-lost', epoch, sentence });
}

function ask(draft: Draft, gateway: Gateway): void {
  gateway.pings += 1;
  gateway.ping = { number: gateway.pings, sentAtMs: draft.nowMs, beats: 0 };
  draft.effects.push({ kind: 'ping-gateway', epoch: gateway.epoch, number: gateway.pings });
}

/** It has answered; an answer to an older question is none. */
export function alive(draft: Draft, gateway: Gateway, number: number): void {
  if (gateway.ping?.number !== number) return;
  gateway.ping = undefined;
  gateway.deafLives = 0;
  if (draft.nowMs - gateway.sinceMs >= steadyAfterMs) gateway.failures = 0;
}

function replaceDeaf(draft: Draft, gateway: Gateway, deafAfterMs: number): void {
  const { epoch } = gateway;
  const sentence = `the gateway has not answered for ${deafAfterMs / 1000} s and is replaced`;
  say(draft, 'error', 'gateway.deaf', { epoch }, sentence);
  gateway.isFaulty = true;
  gateway.ping = undefined;
  gateway.deafLives = Math.max(gateway.deafLives, 1);
  moveGateway(draft, gateway, 'kill');
}

/** A life has ended unasked: perhaps one too many. */
export function lostIfHopeless(draft: Draft, gateway: Gateway, { how, errno }: Ended): void {
  if (!draft.fleet.everReady || draft.fleet.phase !== 'serving') return;
  const { epoch } = gateway;
  if (errno !== undefined) {
    if (!isRefusedForLong(gateway, draft.nowMs)) return;
    gateway.refusedSinceMs = draft.nowMs;
    const sentence = `the gateway ${how}, again and again for ${refusedMaxMs / 1000} s`;
    draft.effects.push({ kind: 'gateway-lost', epoch, sentence });
    return;
  }
  const wasDeaf = gateway.deafLives > 0;
  if (wasDeaf) gateway.deafLives += 1;
  if (gateway.deafLives > deafLivesMax) {
    const sentence =
      'the gateway did not answer, and the one that replaced it does not answer either';
    draft.effects.push({ kind: 'gateway-lost', epoch, sentence });
  } else if (gateway.failures === failuresMax) {
    const sentence = `the gateway ${how}, ${failuresMax} times in a row`;
    draft.effects.push({ kind: 'gateway-lost', epoch, sentence });
  }
}

function isRefusedForLong({ refusedSinceMs, opened }: Gateway, nowMs: number): boolean {
  return opened && refusedSinceMs !== undefined && nowMs - refusedSinceMs >= refusedMaxMs;
}

/** Whether the service manager may be told that all is well: each gateway answers or soon will. */
export function allAnswer(fleet: Fleet, nowMs: number, deafAfterMs: number): boolean {
  return fleet.gateways.every((gateway) => {
    const { ping, state, failures, deafLives, sinceMs, opened, refusedSinceMs } = gateway;
    const isHopeless = failures >= failuresMax && refusedSinceMs === undefined;
    if (isHopeless || deafLives > deafLivesMax) return false;
    // The next one is long in coming, or the last one does not even die.
    const isDown = state === 'down' || state === 'starting' || state === 'killed';
    if (opened && isDown && nowMs - sinceMs > deafAfterMs) return false;
    return state !== 'up' || ping === undefined || nowMs - ping.sentAtMs < deafAfterMs / 2;
  });
}
