/**
 * `main.ts [--all] [--log] WORD…`: runs both servers on the files whose name or repository holds a
 * word, and prints what differs and is not listed; with --all also what is listed, with --log what
 * both wrote. Without a word it runs on all files. At the end stand the figures.
 */

import { writeSync } from 'node:fs';

import { corpusFiles } from './corpus.ts';
import type { CorpusFile } from './corpus.ts';
import { figures } from './figures.ts';
import { cannotCompare } from './sandbox.ts';
import { tryOut } from './trial.ts';
import type { Trial } from './trial.ts';

const atOnce = 4;
const flags = process.argv.slice(2).filter((word) => word.startsWith('--'));
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
if (cannotCompare !== false) throw new Error(cannotCompare);
const all = corpusFiles();
const named = all.filter(({ name }) => words.includes(name));
const files =
  named.length > 0
    ? named
    : all.filter(({ name, repository }) =>
        words.every((word) => `${name} ${repository}`.includes(word)),
      );
const waiting = [...files];
const trials: Trial[] = [];
await Promise.all(Array.from({ length: atOnce }, () => work()));
say(figures(trials.map(({ outcome }) => outcome)).join('\n'));
process.exitCode = trials.some(({ faults }) => faults.length > 0) ? 1 : 0;

async function work(): Promise<void> {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const trial = await tryOut(file);
    trials.push(trial);
    show(file, trial);
  }
}

function show(file: CorpusFile, { outcome, faults, uwsgi, reeve }: Trial): void {
  const starts = `${uwsgi.observations['start']} | ${reeve.observations['start']}`;
  say(`${file.name} ${file.repository}: ${starts}`);
  for (const fault of faults) say(`    ${fault}`);
  if (flags.includes('--all')) {
    for (const one of outcome.found) {
      say(`    ${one.known?.effect ?? '?'}: ${one.where}: ${one.uwsgi} | ${one.reeve}`);
    }
  }
  if (flags.includes('--log')) say(`${uwsgi.output}\n${reeve.output}\n${reeve.check.output}`);
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}
