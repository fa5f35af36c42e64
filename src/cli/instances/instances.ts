/**
 * The instances that run here, as their control sockets tell: all of them, and the one of a pid.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { controlFileName, controlSuffix, runtimeFolder } from '../../protocol/operator-messages.ts';
import type { Instance } from '../../protocol/operator-messages.ts';
import { ask, NobodyThere } from './control-client.ts';

export interface FoundInstance extends Instance {
  /** Its control socket. */
  readonly path: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An instance that is there and cannot be asked: it hangs, or is another user's. */
export interface MuteInstance {
  /** That of its directory. */
  readonly name: string;
  readonly path: string;
  readonly reason: OperatorError;
}

export interface Instances {
  readonly answering: readonly FoundInstance[];
  readonly mute: readonly MuteInstance[];
}

/** Of one process; it holds as many as it likes. */
const socketsMax = 100;

/** The directories below which instances have theirs. */
export function runtimeFolders(environment: Environment): readonly string[] {
  const { XDG_RUNTIME_DIR: ofUser = '' } = environment;
  const user = ofUser.startsWith('/') ? [`${ofUser}/${runtimeFolder}`] : [];
  return [`/run/${runtimeFolder}`, ...user];
}

export function isSocket(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch {
    // In a directory that is not ours to look into.
    return false;
  }
}

/** In a directory that is not ours to look into there may be one: asking tells. */
function mayBeSocket(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES';
  }
}

/** The instances that run in the usual places, by name. */
export async function runningInstances(environment: Environment): Promise<Instances> {
  return await instancesIn(
    runtimeFolders(environment).flatMap((folder) =>
      namesIn(folder).map((name) => `${folder}/${name}`),
    ),
  );
}

/** The instances with a control socket in one of these directories. */
export async function instancesIn(directories: readonly string[]): Promise<Instances> {
  const paths = directories.map((each) => `${each}/${controlFileName}`).filter(mayBeSocket);
  const all = await Promise.all(paths.map(knock));
  return {
    answering: all.filter((each) => each !== undefined).filter((each) => 'pid' in each),
    mute: all.filter((each) => each !== undefined).filter((each) => 'reason' in each),
  };
}

/** The instance that answers at a socket; undefined where no process holds it. */
export async function knock(path: string): Promise<FoundInstance | MuteInstance | undefined> {
  try {
    const { instance } = await ask(path, { command: 'hello' });
    return { ...instance, path };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    if (error instanceof NobodyThere) return undefined;
    return { name: basename(dirname(path)), path, reason: error };
  }
}

/** The instance whose master has this pid, found by the sockets that it listens on. */
export async function instanceOfPid(pid: number): Promise<FoundInstance | undefined> {
  const isUsual = (path: string) => path.endsWith(controlFileName) || path.endsWith(controlSuffix);
  const paths = socketsOf(pid);
  const others = paths.filter((path) => !isUsual(path));
  return (await amongst(paths.filter(isUsual), pid)) ?? (await amongst(others, pid));
}

/** All are asked at once, so that many which do not answer cost no more time than one. */
async function amongst(paths: readonly string[], pid: number): Promise<FoundInstance | undefined> {
  const all = await Promise.all(paths.slice(0, socketsMax).map(knock));
  return all.filter((each) => each !== undefined && 'pid' in each).find((each) => each.pid === pid);
}

/** Paths of the unix sockets that a process holds. */
function socketsOf(pid: number): readonly string[] {
  const held = new Set(
    namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode === undefined ? [] : [inode];
    }),
  );
  const paths = textOf(`/proc/${pid}/net/unix`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , , , , inode = '', path = '']) => held.has(inode) && path.startsWith('/'))
    .map((fields) => fields.slice(7).join(' '));
  return [...new Set(paths)];
}

/** What a directory holds, sorted; nothing where it cannot be read. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    // There is none, or it is not ours to look into.
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // It was closed meanwhile.
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended meanwhile.
    return '';
  }
}
