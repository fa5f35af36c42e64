/** PURE. What a sampler has written (reeve_worker/seeing/sampler.py), read as stacks with times. */

import { framesOf, withoutOurs, type Frame } from './frames.ts';

/** A stack that was seen, the innermost call first. */
export interface Sampled {
  readonly frames: readonly Frame[];
  readonly micros: number;
}

/** What Reeve does of itself around a request: reading it, and sending the response. */
export const reeveItself: Frame = { file: 'reeve', line: 0, function: 'Reeve' };

export interface SamplerText {
  readonly stacks: readonly Sampled[];
  readonly hasEnded: boolean;
}

/** Reads all that stands there; what is cut off in the middle of a line is left out. */
export function readSamples(text: string): SamplerText {
  const places: string[] = [];
  const stacks: { readonly places: readonly number[]; micros: number }[] = [];
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  for (const line of lines) {
    const [kind, , ...rest] = line.split(' ');
    const words = line.split(' ').map(Number);
    if (kind === 'f') {
      const [name = '', file = ''] = rest.slice(1).join(' ').split('\t');
      places.push(`  File "${file}", line ${rest[0] ?? 0} in ${name}`);
    } else if (kind === 'k') {
      const numbers = (rest[0] ?? '').split(',').map(Number);
      stacks.push({ places: numbers, micros: 0 });
    } else if (kind === 'c') {
      const stack = stacks[words[1] ?? -1];
      if (stack === undefined) continue;
      stack.micros += words[2] ?? 0;
    }
  }
  return {
    hasEnded: lines.includes('end'),
    stacks: stacks.map(({ places: numbers, micros }) => {
      const all = numbers.map((number) => places[number] ?? '');
      return sampledOf(all, micros);
    }),
  };
}

/** Lines as faulthandler writes them, with the time for which they were seen. */
export function sampledOf(lines: readonly string[], micros: number): Sampled {
  // The main thread may have been asked for stacks while the interpreter was held.
  const isAsked = (line: string): boolean => line.includes('/reeve_worker/seeing/');
  const asked = lines.findIndex((line) => !isAsked(line));
  const frames = framesOf(withoutOurs(lines.slice(Math.max(asked, 0)), 'application'));
  return { frames: frames.length === 0 ? [reeveItself] : frames, micros };
}

/** Stacks that were read have plain names; these get the class that samples have. */
export function withClasses(
  read: readonly Sampled[],
  sampled: readonly Sampled[],
): readonly Sampled[] {
  const names = new Map<string, string>();
  for (const { file, function: name } of sampled.flatMap(({ frames }) => frames)) {
    const key = `${name.slice(name.lastIndexOf('.') + 1)}\t${file}`;
    const known = names.get(key);
    names.set(key, known === undefined || known === name ? name : '');
  }
  return read.map((stack) => ({
    ...stack,
    frames: stack.frames.map((frame) => {
      const name = names.get(`${frame.function}\t${frame.file}`);
      return { ...frame, function: name || frame.function };
    }),
  }));
}
