/** `reeve profile`: where the threads of an instance are for some time, in words or as a file. */

import { closeSync, openSync, writeFileSync } from 'node:fs';

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { PROFILE_SECONDS_MAX } from '../../protocol/operator-messages.ts';
import { ask } from '../instances/control-client.ts';
import { tell } from '../instances/operate.ts';
import { instanceMeant } from '../instances/target.ts';
import { write } from '../process/write.ts';
import { flameGraph } from './flame-graph.ts';
import { collapsed, functionTable, speedscope } from './profile-formats.ts';
import { weighedStacks } from './weighed-stacks.ts';

import type { OperateRequest } from '../instances/operate.ts';
import type { ProfileView } from '../../protocol/stacks-view.ts';

const formats = ['text', 'collapsed', 'speedscope', 'svg'] as const;
type Format = (typeof formats)[number];

/** By the end of the name of a file. */
const suffixes: readonly (readonly [suffix: string, format: Format])[] = [
  ['.svg', 'svg'],
  ['.json', 'speedscope'],
  ['.collapsed', 'collapsed'],
  ['.folded', 'collapsed'],
  ['.txt', 'collapsed'],
];

/** Beside the time that a profile takes. */
const ANSWER_MS = 30_000;

/** As they were given. */
export interface ProfileFlags {
  readonly seconds: string;
  readonly output: string | undefined;
  readonly format: string | undefined;
}

export async function profile(request: OperateRequest, flags: ProfileFlags): Promise<number> {
  const { output } = flags;
  const format = formatOf(flags);
  const seconds = secondsOf(flags.seconds);
  if (output !== undefined) demandWritable(output);
  const instance = await instanceMeant(request.target, request.environment);
  const terms = { timeoutMs: seconds * 1000 + ANSWER_MS };
  const answer = await ask(instance.path, { command: 'profile', seconds }, terms);
  if (!answer.ok) return tell(instance, answer);
  if (answer.profile === undefined) {
    const what = `${instance.name} runs an older Reeve, which takes no profiles`;
    const advice = 'restart it, so that it runs the installed one';
    throw new OperatorError({ what, advice, exitCode: exitCodes.unavailable });
  }
  const text = textOf(answer.profile, { format, name: answer.instance.name });
  for (const line of remarks(answer.profile)) write(2, `${line}\n`);
  if (output === undefined) write(1, text);
  else {
    writeFileSync(output, text);
    write(2, `${output} has been written (${format})\n`);
  }
  return exitCodes.stopped;
}

function formatOf({ format, output }: ProfileFlags): Format {
  if (format !== undefined) {
    const known = formats.find((each) => each === format);
    if (known !== undefined) return known;
    const what = `there is no format "${format}": it is one of ${formats.join(', ')}`;
    throw new OperatorError({ what, where: '--format', exitCode: exitCodes.usage });
  }
  if (output === undefined) return 'text';
  const found = suffixes.find(([suffix]) => output.endsWith(suffix));
  if (found !== undefined) return found[1];
  const what = `the end of ${output} names no format`;
  const ends = suffixes.map(([suffix]) => suffix).join(', ');
  const advice = `end it with one of ${ends}, or give --format`;
  throw new OperatorError({ what, where: '--output', advice, exitCode: exitCodes.usage });
}

function secondsOf(text: string): number {
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= PROFILE_SECONDS_MAX) return seconds;
  const what = `"${text}" is not a number of seconds from 1 to ${PROFILE_SECONDS_MAX}`;
  throw new OperatorError({ what, where: '--seconds', exitCode: exitCodes.usage });
}

/** Before the time is spent. What stands in the file stays until the profile is there. */
function demandWritable(path: string): void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = `the file cannot be written: ${why}`;
    throw new OperatorError({ what, where: path, exitCode: exitCodes.cannotCreate });
  }
}

interface TextTerms {
  readonly format: Format;
  readonly name: string;
}

function textOf(profile: ProfileView, { format, name }: TextTerms): string {
  const title = `${name}, ${profile.seconds} s`;
  switch (format) {
    case 'text':
      return functionTable(profile);
    case 'collapsed':
      return collapsed(profile);
    case 'speedscope':
      return speedscope(profile, title);
    case 'svg': {
      const counted = 'time in requests, also where they wait; of other threads on processors';
      const processes = `${profile.processes.length} processes`;
      const subtitle = `${counted}; ${processes}; click to zoom`;
      return flameGraph(weighedStacks(profile), { title, subtitle });
    }
    default:
      return format satisfies never;
  }
}

/** How it was sampled, and what is missing. */
function remarks({ processes, seconds }: ProfileView): readonly string[] {
  const sampled = processes.filter(({ how }) => how === 'sampler').length;
  const count = `${sampled} of ${processes.length} processes were sampled`;
  const first = `${count} for ${seconds} s by Reeve's own sampler`;
  const others = processes
    .filter(({ reason }) => reason !== '')
    .map(({ name, pid, reason }) => `${name} (pid ${pid}): ${reason}`);
  return [first, ...others];
}
