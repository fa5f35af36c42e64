/**
 * The instances that run here, as their control sockets tell: all of them, and the one of a pid.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { whyNotPrivate } from '../../base/files/trusted-path.ts';
import { controlFolders } from '../../protocol/control-folders.ts';
import { controlFileName, controlSuffix, runtimeFolder } from '../../protocol/operator-messages.ts';
import type { Instance } from '../../protocol/operator-messages.ts';
import { ask, NobodyThere } from './control-client.ts';

export interface FoundInstance extends Instance {
  /** Its control socket. */
  readonly path: string;
  /** The user that began to listen there, root before `uid =`; undefined where it is not told. */
  readonly uid: number | undefined;
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
  const uid = process.geteuid?.() ?? 0;
  const own = controlFolders({ uid, environment }).filter(
    ({ path, kind }) => kind === 'own' || isPrivate(path, uid),
  );
  return [
    ...new Set([
      `/run/${runtimeFolder}`,
      ...sessionOf(environment),
      ...own.map((each) => each.path),
    ]),
  ];
}

/** Root may look for the instances of a session too, as with `sudo -E`. */
function sessionOf({ XDG_RUNTIME_DIR: session = '' }: Environment): readonly string[] {
  return session.startsWith('/') ? [`${session}/${runtimeFolder}`] : [];
}

/**
 * The folders of all other users, for root: asked only where root's own have no such instance, as
 * every user can have one that is called like root's.
 */
export function foldersOfUsers(): readonly string[] {
  if (process.geteuid?.() !== 0) return [];
  const users = [
    ...namesIn('/run/user'),
    ...namesIn('/tmp').flatMap((name) => /^reeve-(\d+)$/.exec(name)?.[1] ?? []),
  ];
  return [...new Set(users.filter((each) => /^\d+$/.test(each) && each !== '0'))].flatMap(
    (each) => {
      const uid = Number(each);
      const folders = controlFolders({ uid, environment: {} });
      return folders
        .filter(({ path, kind }) => kind === 'own' || isPrivate(path, uid))
        .map(({ path }) => path);
    },
  );
}

function isPrivate(path: string, uid: number): boolean {
  return whyNotPrivate(path, uid) === undefined;
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
  return await instancesIn(directoriesIn(runtimeFolders(environment)));
}

/** What each of these folders holds. */
export function directoriesIn(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => namesIn(folder).map((name) => `${folder}/${name}`));
}

/** The instances with a control socket in one of these directories. */
export async function instancesIn(directories: readonly string[]): Promise<Instances> {
  return await instancesAt(directories.map((each) => `${each}/${controlFileName}`));
}

/** The instances with one of these control sockets. */
export async function instancesAt(sockets: readonly string[]): Promise<Instances> {
  const paths = [...new Set(sockets)].filter(mayBeSocket);
  const all = await Promise.all(paths.map(knock));
  return {
    answering: all.filter((each) => each !== undefined).filter((each) => 'pid' in each),
    mute: all.filter((each) => each !== undefined).filter((each) => 'reason' in each),
  };
}

/** The instance that answers at a socket; undefined where no process holds it. */
export async function knock(path: string): Promise<FoundInstance | MuteInstance | undefined> {
  try {
    const { instance, peerUid } = await ask(path, { command: 'hello' });
    return { ...instance, path, uid: peerUid };
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
