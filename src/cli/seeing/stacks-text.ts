/** PURE. What `reeve stacks` prints for people. */
import type { Instance } from '../../protocol/operator-messages.ts';
import type { ProcessStacksView, StacksView, ThreadView } from '../../protocol/stacks-view.ts';
import { age } from '../instances/status-table.ts';
import { visibleLine } from '../process/visible.ts';

/** A share of a processor that is worth a word. */
const SHARE_MIN = 0.05;

/** Each process with its threads; threads that run nothing stand in one line. */
export function stacksText({ name, pid, version }: Instance, { processes }: StacksView): string {
  const several = new Set(processes.map(({ generation }) => generation)).size > 1;
  const blocks = processes.map((process) => processText(process, several));
  const none = processes.length === 0 ? ['no Python process runs'] : [];
  return `${[`${name}: pid ${pid}, Reeve ${version}`, ...none, ...blocks].join('\n\n')}\n`;
}

function processText(process: ProcessStacksView, showsGeneration: boolean): string {
  const { generation, role, pid, state, ageSeconds, task, threads, reason } = process;
  const words = [
    `pid ${pid ?? '-'}`,
    ...(showsGeneration ? [`generation ${generation} (${role})`] : []),
    ...(state === 'up' ? [] : [`${state} for ${age(ageSeconds)}`]),
    ...(task === '' ? [] : [`runs ${visibleLine(task)}`]),
    ...(reason === '' ? [] : [`its stacks could not be read: ${reason}`]),
  ];
  const idle = threads.filter(({ doing }) => doing === 'idle');
  const busy = threads.filter(({ doing }) => doing !== 'idle');
  const isIdle = busy.length === 0 && idle.length > 0;
  const head = `${process.name}, ${words.join(', ')}${isIdle ? ': idle' : ''}`;
  const rest = isIdle || idle.length === 0 ? [] : [`  ${idle.map(nameOf).join(', ')}: idle`];
  return [head, ...busy.map(threadText), ...rest].join('\n');
}

function nameOf({ thread, isMain, id }: ThreadView): string {
  if (thread !== null) return `thread ${thread}`;
  return isMain ? 'main thread' : `another thread (${id})`;
}

function threadText(thread: ThreadView): string {
  const { request, processorShare, frames, reason } = thread;
  const words = [
    ...(request === null ? [] : [requestText(request)]),
    ...(processorShare !== null && processorShare >= SHARE_MIN
      ? [`uses ${Math.round(processorShare * 100)} % of a processor`]
      : []),
    ...(reason === '' ? [] : [`its stack could not be read: ${reason}`]),
  ];
  const head = `  ${nameOf(thread)}${words.length === 0 ? '' : `: ${words.join(', ')}`}`;
  const lines = frames.map(({ file, line, function: name }) =>
    visibleLine(`    ${file}:${line} in ${name}`),
  );
  return [head, ...lines].join('\n');
}

function requestText(request: NonNullable<ThreadView['request']>): string {
  const { method, uri, seconds, requestId, heldByClient } = request;
  const held = heldByClient ? ', its client takes the response slowly' : '';
  return `${visibleLine(`${method} ${uri}`)} for ${age(seconds)} (request ${requestId})${held}`;
}
