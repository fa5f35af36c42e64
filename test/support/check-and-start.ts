/** What `reeve check` says of some words, and what a start with the same words then does. */

import fs from 'node:fs';

import { Daemon } from './daemon.ts';
import type { Place } from './place.ts';
import { said } from './said.ts';
import { until } from './until.ts';

export interface Told {
  readonly code: number;
  readonly output: string;
}

export function checkOf(place: Place, words: readonly string[]): Promise<Told> {
  return place.run([Daemon.binary, 'check', ...words]);
}

/** Starts it, and stops it again when it serves: the code is then 0. */
export async function startOf(
  place: Place,
  words: readonly string[],
  cwd = place.directory,
): Promise<Told> {
  const daemon = await place.start({ args: [...words], wait: 'nothing', cwd });
  const log = (): string => {
    const file = `${cwd}/out.log`;
    return daemon.log() + (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
  };
  let ended: number | undefined;
  // No check ends with -1, which stands for a signal.
  void daemon.exit.then(({ code }) => (ended = code ?? -1));
  const isServing = (): boolean => said.serving.test(log());
  await until('it serves or ends', () => ended !== undefined || isServing(), {
    timeoutMs: 60_000,
  });
  if (ended !== undefined) return { code: ended, output: log() };
  await daemon.stop();
  return { code: 0, output: log() };
}
