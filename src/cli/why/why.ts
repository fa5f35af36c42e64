/**
 * `reeve why`: asks an instance twice, a moment apart, and for its stacks in between; says what is
 * wrong, the most likely cause first.
 */

import { statSync } from 'node:fs';

import { createTimers } from '../../base/clock.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { diagnose, isTrouble } from '../../diagnosis/diagnose.ts';
import { isKnownId, pathStory, storyOf } from '../../diagnosis/request-story.ts';
import type { Looks } from '../../diagnosis/scene.ts';
import { shapeOf } from '../../protocol/gateway-views.ts';
import { exitCodes, FOUND } from '../../tables/exit-codes.ts';
import { ask, type PeerAnswer } from '../instances/control-client.ts';
import type { FoundInstance } from '../instances/instances.ts';
import { instanceMeant } from '../instances/target.ts';
import { write } from '../process/write.ts';
import { whyAbsent } from './absent.ts';
import { findingsText, storyText } from './why-text.ts';
import { readWhyWords } from './words.ts';

export interface WhyRequest {
  readonly first: string | undefined;
  readonly second: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly format: 'text' | 'json';
}

/** Between the two looks: rates need some time. */
const LOOK_MS = 1_000;

/** Ends with 0 where nothing is wrong, with 1 where something is. */
export async function why({ first, second, environment, format }: WhyRequest): Promise<number> {
  const { target, about } = readWhyWords(first, second, isThere);
  const instance = await found(target, environment);
  const { answer, looks } = await lookAt(instance);
  if (about === undefined) return tellFindings(answer, looks, format);
  const { kind, text } = about;
  // An id may begin with a slash as well.
  const isRequest = kind === 'request' || isKnownId(looks, text);
  const story = isRequest ? storyOf(looks, text) : pathStory(looks, text);
  const findings = diagnose(looks).filter(({ figures }) => {
    return figures['path'] === text || figures['path'] === shapeOf(text);
  });
  const json = { ...headOf(answer, looks), about, story, findings };
  write(1, format === 'json' ? inJson(json) : storyText(answer.instance, story));
  return story.kind === 'unknown' ? exitCodes.unavailable : exitCodes.stopped;
}

/** The instance; where none runs, why not: as far as systemd, its log or its file tell. */
async function found(
  target: string | undefined,
  environment: WhyRequest['environment'],
): Promise<FoundInstance> {
  try {
    return await instanceMeant(target, environment);
  } catch (error) {
    if (!(error instanceof OperatorError) || target === undefined) throw error;
    const lines = await whyAbsent(target, environment);
    if (lines.length === 0) throw error;
    const { exitCode } = error;
    throw new OperatorError({ what: `${error.message}\n${lines.join('\n')}`, exitCode });
  }
}

async function lookAt(
  instance: FoundInstance,
): Promise<{ readonly answer: PeerAnswer; readonly looks: Looks }> {
  const first = await ask(instance.path, { command: 'evidence' });
  const asked = ask(instance.path, { command: 'stacks' });
  const [{ stacks }] = await Promise.all([asked, aMoment()]);
  const answer = await ask(instance.path, { command: 'evidence' });
  if (first.status === undefined || answer.status === undefined || answer.evidence === undefined) {
    const what = `${instance.name} runs an older Reeve, which does not tell enough`;
    const advice = 'restart it, so that it runs the installed one';
    throw new OperatorError({ what, advice, exitCode: exitCodes.unavailable });
  }
  const seconds = (answer.evidence.atMs - (first.evidence?.atMs ?? 0)) / 1000;
  const { status: now, evidence } = answer;
  return { answer, looks: { before: first.status, now, seconds, stacks, evidence } };
}

function aMoment(): Promise<void> {
  return new Promise((resolve) => void createTimers().after(LOOK_MS, resolve));
}

function tellFindings(answer: PeerAnswer, looks: Looks, format: WhyRequest['format']): number {
  const findings = diagnose(looks);
  const json = { ...headOf(answer, looks), findings };
  write(1, format === 'json' ? inJson(json) : findingsText(answer.instance, findings, looks));
  return findings.some(isTrouble) ? FOUND : exitCodes.stopped;
}

function headOf({ instance }: PeerAnswer, { now }: Looks): object {
  const { name, pid, version } = instance;
  return { name, pid, version, takenAtMs: now.takenAtMs ?? null };
}

function inJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
