/**
 * `reeve jobs`: the tasks of spoolers. What waits, what was put aside and why; to run one again, or
 * to remove it. It also works while the instance is stopped: then a directory of tasks, or the
 * address of a server, is named in its place.
 */
import { basename, resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { errorCodeOf, exitCodeFor, reasonOf } from '../../base/system-error.ts';
import { readTask } from '../../protocol/task-file.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { isStoreAddress } from '../../tables/shared/store-address.ts';
import { ask } from '../instances/control-client.ts';
import { age } from '../instances/status-table.ts';
import { instanceMeant } from '../instances/target.ts';
import { write } from '../process/write.ts';
import { RedisTasks } from './redis-tasks.ts';
import { isDirectory, TaskDirectory } from './task-directory.ts';
import type { Task, TaskStore } from './task-store.ts';

export const jobActions = ['list', 'show', 'retry', 'drop'] as const;
export type JobAction = (typeof jobActions)[number];

export interface JobsRequest {
  readonly action: JobAction;
  /** The name of a task, or its end; `all` for those that were put aside. */
  readonly task: string;
  readonly target: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
}

/** A task, and where it is. */
interface Found {
  readonly store: TaskStore;
  readonly task: Task;
}

/** Returns the exit code. */
export async function jobs(request: JobsRequest): Promise<number> {
  const stores = (await placesOf(request)).map(storeAt);
  try {
    const found = (await Promise.all(stores.map(tasksOf))).flat();
    if (request.action === 'list') write(1, listing(found, stores, request.nowMs));
    else await act(request, tasksMeant(found, request));
    return exitCodes.stopped;
  } catch (error) {
    if (error instanceof OperatorError || errorCodeOf(error) === '') throw error;
    const where = stores.map(({ name }) => name).join(', ');
    const what = `the tasks in ${where} cannot be reached: ${reasonOf(error)}`;
    throw new OperatorError({ what, exitCode: exitCodeFor(error, exitCodes.unavailable) });
  } finally {
    for (const store of stores) store.close();
  }
}

/** Those of an instance that runs, or the one that is named. */
async function placesOf({ target, environment }: JobsRequest): Promise<readonly string[]> {
  if (target !== undefined && isStoreAddress(target)) return [target];
  if (target?.includes('/') === true && isDirectory(target)) return [resolve(target)];
  const instance = await instanceMeant(target, environment);
  const { places = [] } = await ask(instance.path, { command: 'spoolers' });
  if (places.length > 0) return places;
  const what = `${instance.name} has no spooler`;
  throw new OperatorError({ what, exitCode: exitCodes.unavailable });
}

function storeAt(place: string): TaskStore {
  return isStoreAddress(place) ? new RedisTasks(place) : new TaskDirectory(place);
}

async function tasksOf(store: TaskStore): Promise<readonly Found[]> {
  return (await store.list()).map((task) => ({ store, task }));
}

function listing(found: readonly Found[], stores: readonly TaskStore[], nowMs: number): string {
  const lines = found.map(({ task }) => `${task.name}: ${stateOf(task, nowMs)}`);
  const dead = found.filter(({ task }) => task.isDead).length;
  const queued = found.length - dead;
  const where = stores.map(({ name }) => name).join(', ');
  return `${[...lines, `${queued} queued, ${dead} put aside in ${where}`].join('\n')}\n`;
}

function stateOf({ isDead, tries, atMs, error, folder }: Task, nowMs: number): string {
  const priority = folder === '' ? '' : `, priority ${folder}`;
  const tried = tries === 0 ? '' : `, tried ${tries} ${tries === 1 ? 'time' : 'times'}`;
  const why = error === '' ? '' : `: ${error}`;
  if (isDead) return `put aside ${age((nowMs - atMs) / 1000)} ago${tried}${priority}${why}`;
  const when = atMs > nowMs ? `waits for ${age((atMs - nowMs) / 1000)}` : 'queued';
  return `${when}${tried}${priority}${why}`;
}

/** By name or the end of it; `all` are those that were put aside. */
function tasksMeant(
  tasks: readonly Found[],
  { task: word, action }: JobsRequest,
): readonly Found[] {
  if (word === 'all' && action !== 'show') return tasks.filter(({ task }) => task.isDead);
  const name = basename(word);
  const found = tasks.filter(({ task }) => name !== '' && task.name.endsWith(name));
  if (found.length === 1) return found;
  const what =
    found.length === 0 ? `there is no task ${word}` : `${found.length} tasks end with ${word}`;
  const advice = '`reeve jobs list` shows their names; the end of one is enough';
  throw new OperatorError({ what, advice, exitCode: exitCodes.usage });
}

async function act({ action, nowMs }: JobsRequest, found: readonly Found[]): Promise<void> {
  for (const { store, task } of found) {
    if (action === 'show') write(1, shown(task, await store.read(task), nowMs));
    else if (action === 'retry') await store.retry(task);
    else if (action === 'drop') await store.drop(task);
  }
  if (action === 'show') return;
  const done = action === 'retry' ? 'queued again' : 'removed';
  write(1, `reeve: ${found.length} ${found.length === 1 ? 'task' : 'tasks'} ${done}\n`);
}

const SHOWN_BYTES = 200;

function shown(task: Task, data: Uint8Array, nowMs: number): string {
  const read = readTask(data);
  const lines = [task.place, stateOf(task, nowMs)];
  if (read === undefined) return `${[...lines, 'it is no task'].join('\n')}\n`;
  const variables = read.variables.map(([name, value]) => `${inWords(name)} = ${inWords(value)}`);
  const body = read.body.length === 0 ? [] : [`body = ${inWords(read.body)}`];
  return `${[...lines, ...variables, ...body].join('\n')}\n`;
}

/** Text as a JSON string shows it; bytes that are none by their number. */
function inWords(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, SHOWN_BYTES));
    // oxlint-disable-next-line no-control-regex
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) {
      const rest = bytes.length > SHOWN_BYTES ? ` … (${bytes.length} bytes)` : '';
      return `${JSON.stringify(text)}${rest}`;
    }
  } catch {
    // It is no text, or was cut within a character.
  }
  return `${bytes.length} bytes`;
}
