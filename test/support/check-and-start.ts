/** What `reeve check` says of some words, and what a start with the same words then does. */

import fs from 'node:fs';

import { Daemon } from './daemon.ts';
import { request } from './http.ts';
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

/**
 * Starts it, and stops it again when it serves: the code is then 0. That it serves is read in its
 * log; or, as the log may go anywhere, seen in an answer on `port`.
 */
export async function startOf(
  place: Place,
  words: readonly string[],
  cwd = place.directory,
  port?: number,
): Promise<Told> {
  const daemon = await place.start({ args: [...words], wait: 'nothing', cwd });
  const log = (): string => {
    const file = `${cwd}/out.log`;
    return daemon.log() + (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
  };
  let ended: number | undefined;
  // No check ends with -1, which stands for a signal.
  void daemon.exit.then(({ code }) => (ended = code ?? -1));
  const isServing = async (): Promise<boolean> =>
    said.serving.test(log()) || (port !== undefined && (await request({ port }, '/')).status > 0);
  await until('it serves or ends', async () => ended !== undefined || (await isServing()), {
    timeoutMs: 60_000,
  });
  if (ended !== undefined) return { code: ended, output: log() };
  await daemon.stop();
  return { code: 0, output: log() };
}
