/** The tasks of a spool directory: files, which are read here, also while no instance runs. */
import { closeSync, constants, openSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { mkdirSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { errorCodeOf } from '../../base/system-error.ts';
import {
  DEAD_FOLDER,
  TASK_PREFIX,
  TRIES_FOLDER,
  WAKE_PIPE,
  WHY_SUFFIX,
} from '../../protocol/task-file.ts';
import type { Task, TaskStore } from './task-store.ts';

export class TaskDirectory implements TaskStore {
  readonly name: string;

  constructor(directory: string) {
    this.name = directory;
  }

  list(): Promise<readonly Task[]> {
    return Promise.resolve(tasksIn(this.name));
  }

  read({ place }: Task): Promise<Uint8Array> {
    return Promise.resolve(readFileSync(place));
  }

  retry({ name, folder, isDead, place }: Task): Promise<void> {
    remove(join(this.name, TRIES_FOLDER, name));
    if (isDead) {
      if (folder !== '') mkdirSync(join(this.name, folder), { recursive: true });
      renameSync(place, join(this.name, folder, name));
      remove(join(this.name, DEAD_FOLDER, `${name}${WHY_SUFFIX}`));
    }
    wake(this.name);
    return Promise.resolve();
  }

  drop({ name, place }: Task): Promise<void> {
    unlinkSync(place);
    remove(join(this.name, TRIES_FOLDER, name));
    remove(join(this.name, DEAD_FOLDER, `${name}${WHY_SUFFIX}`));
    return Promise.resolve();
  }

  close(): void {}
}

export function isDirectory(path: string): boolean {
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
  where: Pick<Task, 'folder' | 'name' | 'isDead'>,
  notes: string,
): Task {
  const noted = notesIn(join(directory, notes));
  const folder = where.isDead ? textOf(noted, 'folder') : where.folder;
  const place = join(directory, where.isDead ? DEAD_FOLDER : folder, where.name);
  const forMs = where.isDead ? 0 : (statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const atMs = Math.max(numberOf(noted, 'at') * 1000, forMs);
  const tries = numberOf(noted, 'count');
  return { ...where, place, folder, tries, atMs, error: textOf(noted, 'error') };
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
