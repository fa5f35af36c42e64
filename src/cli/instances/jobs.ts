/**
 * `reeve jobs`: the tasks of spoolers. What waits, what was put aside and why; to run one again, or
 * to remove it. The files are read here, so that it also works while the instance is stopped: then
 * a directory of tasks is named in its place.
 */
import { closeSync, constants, openSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { mkdirSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { errorCodeOf, exitCodeFor, reasonOf } from '../../base/system-error.ts';
import {
  DEAD_FOLDER,
  readTask,
  TASK_PREFIX,
  TRIES_FOLDER,
  WAKE_PIPE,
  WHY_SUFFIX,
} from '../../protocol/task-file.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { write } from '../process/write.ts';
import { ask } from './control-client.ts';
import { age } from './status-table.ts';
import { instanceMeant } from './target.ts';

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

interface Task {
  readonly directory: string;
  /** '' or a priority. */
  readonly folder: string;
  readonly name: string;
  readonly isDead: boolean;
  readonly tries: number;
  /** When it is tried, or was put aside: ms since 1970; 0: now. */
  readonly atMs: number;
  readonly error: string;
}

/** Returns the exit code. */
export async function jobs(request: JobsRequest): Promise<number> {
  const directories = await directoriesOf(request);
  try {
    const tasks = directories.flatMap(tasksIn);
    if (request.action === 'list') write(1, listing(tasks, directories, request.nowMs));
    else act(request, tasksMeant(tasks, request));
    return exitCodes.stopped;
  } catch (error) {
    if (error instanceof OperatorError || errorCodeOf(error) === '') throw error;
    const what = `the tasks in ${directories.join(', ')} cannot be reached: ${reasonOf(error)}`;
    throw new OperatorError({ what, exitCode: exitCodeFor(error, exitCodes.unavailable) });
  }
}

/** Those of an instance that runs, or the one that is named. */
async function directoriesOf({ target, environment }: JobsRequest): Promise<readonly string[]> {
  if (target?.includes('/') === true && isDirectory(target)) return [resolve(target)];
  const instance = await instanceMeant(target, environment);
  const { status } = await ask(instance.path, { command: 'status' });
  const directories = status?.jobs?.spoolers.map(({ directory }) => directory) ?? [];
  if (directories.length > 0) return directories;
  const what = `${instance.name} has no spooler`;
  throw new OperatorError({ what, exitCode: exitCodes.unavailable });
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function tasksIn(directory: string): readonly Task[] {
  const folders = readdirSync(directory).filter((name) => /^\d+$/.test(name));
  const waiting = ['', ...folders].flatMap((folder) =>
    namesIn(join(directory, folder)).map((name) => {
      return taskAt(directory, { folder, name, isDead: false }, join(TRIES_FOLDER, name));
    }),
  );
  const dead = namesIn(join(directory, DEAD_FOLDER)).map((name) => {
    const why = join(DEAD_FOLDER, `${name}${WHY_SUFFIX}`);
    return taskAt(directory, { folder: '', name, isDead: true }, why);
  });
  return [...waiting, ...dead];
}

function namesIn(folder: string): readonly string[] {
  if (!isDirectory(folder)) return [];
  const isTask = (name: string): boolean =>
    name.startsWith(TASK_PREFIX) && !name.endsWith(WHY_SUFFIX);
  return readdirSync(folder).filter(isTask).sort();
}

function taskAt(
  directory: string,
  place: Pick<Task, 'folder' | 'name' | 'isDead'>,
  notes: string,
): Task {
  const noted = notesIn(join(directory, notes));
  const folder = place.isDead ? textOf(noted, 'folder') : place.folder;
  const path = join(directory, place.isDead ? DEAD_FOLDER : folder, place.name);
  const forMs = place.isDead ? 0 : (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const atMs = Math.max(numberOf(noted, 'at') * 1000, forMs);
  const tries = numberOf(noted, 'count');
  return { ...place, directory, folder, tries, atMs, error: textOf(noted, 'error') };
}

/** What a spooler has written of a task's tries; nothing where there were none. */
function notesIn(path: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function numberOf(noted: object, name: string): number {
  const value: unknown = Object.entries(noted).find(([each]) => each === name)?.[1];
  return typeof value === 'number' ? value : 0;
}

function textOf(noted: object, name: string): string {
  const value: unknown = Object.entries(noted).find(([each]) => each === name)?.[1];
  return typeof value === 'string' ? value : '';
}

function listing(tasks: readonly Task[], directories: readonly string[], nowMs: number): string {
  const lines = tasks.map((task) => `${task.name}: ${stateOf(task, nowMs)}`);
  const dead = tasks.filter(({ isDead }) => isDead).length;
  const queued = tasks.length - dead;
  const where = directories.join(', ');
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
function tasksMeant(tasks: readonly Task[], { task: word, action }: JobsRequest): readonly Task[] {
  if (word === 'all' && action !== 'show') return tasks.filter(({ isDead }) => isDead);
  const name = basename(word);
  const found = tasks.filter((task) => name !== '' && task.name.endsWith(name));
  if (found.length === 1) return found;
  const what =
    found.length === 0 ? `there is no task ${word}` : `${found.length} tasks end with ${word}`;
  const advice = '`reeve jobs list` shows their names; the end of one is enough';
  throw new OperatorError({ what, advice, exitCode: exitCodes.usage });
}

function act({ action, nowMs }: JobsRequest, tasks: readonly Task[]): void {
  for (const task of tasks) {
    if (action === 'show') write(1, shown(task, nowMs));
    else if (action === 'retry') retry(task);
    else if (action === 'drop') drop(task);
  }
  if (action === 'show') return;
  const done = action === 'retry' ? 'queued again' : 'removed';
  write(1, `reeve: ${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'} ${done}\n`);
}

function pathOf({ directory, folder, name, isDead }: Task): string {
  return join(directory, isDead ? DEAD_FOLDER : folder, name);
}

function retry(task: Task): void {
  const { directory, folder, name, isDead } = task;
  remove(join(directory, TRIES_FOLDER, name));
  if (isDead) {
    if (folder !== '') mkdirSync(join(directory, folder), { recursive: true });
    renameSync(pathOf(task), join(directory, folder, name));
    remove(join(directory, DEAD_FOLDER, `${name}${WHY_SUFFIX}`));
  }
  wake(directory);
}

function drop(task: Task): void {
  const { directory, name } = task;
  unlinkSync(pathOf(task));
  remove(join(directory, TRIES_FOLDER, name));
  remove(join(directory, DEAD_FOLDER, `${name}${WHY_SUFFIX}`));
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
  }
}

/** A spooler that runs looks at once. */
function wake(directory: string): void {
  try {
    const pipe = openSync(join(directory, WAKE_PIPE), constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(pipe, '.');
    closeSync(pipe);
  } catch {
    // None runs: it looks when it starts.
  }
}

const SHOWN_BYTES = 200;

function shown(task: Task, nowMs: number): string {
  const read = readTask(readFileSync(pathOf(task)));
  const lines = [pathOf(task), stateOf(task, nowMs)];
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
