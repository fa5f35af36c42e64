/**
 * The control socket's file: made before the privileges are dropped, with mode 0600 from its first
 * moment, given to the user that the master becomes, and removed at the end. What a dead daemon
 * left there is replaced; what a living one has is not touched.
 */
import { closeSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { rmdirSync, unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { probeUnixSocket } from '../../base/sockets/listening-sockets.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { makePrivateDirectory } from '../../base/files/trusted-path.ts';
import {
  bindSocketFile,
  changeSocketFile,
  removeSocketFile,
  type FileIdentity,
  type SocketFileParts,
} from '../../base/sockets/socket-file.ts';
import type { Place } from '../../base/files/trusted-path.ts';
import { controlFileName } from '../../protocol/operator-messages.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { ControlPlace } from './control-place.ts';
import type { NextUser } from '../start/privileges.ts';

export interface ControlFile {
  readonly fd: number;
  readonly path: string;
  /** Removes the file, if it is still this one, and the directory that was made for it. */
  readonly remove: () => void;
}

const OTHERS_MASK = 0o177;
const BACKLOG = 16;
const DIRECTORY_MODE = 0o755;

/**
 * Opens it in the first place that can be used; returns why there is none.
 * @throws OperatorError (73) where the operator named the place and it cannot be used.
 */
export function openControlFile(
  places: readonly ControlPlace[],
  user: NextUser | undefined,
): ControlFile | readonly string[] {
  const problems: string[] = [];
  for (const place of places) {
    const opened = openAt(place, user);
    if (typeof opened !== 'string') return opened;
    problems.push(opened);
  }
  return problems;
}

function openAt(place: ControlPlace, user: NextUser | undefined): ControlFile | string {
  try {
    if (place.privateFolder !== '') {
      makePrivateDirectory(place.privateFolder, process.geteuid?.() ?? 0);
    }
    const listener = open(inFreeDirectory(place), user);
    if (place.ownDirectory !== '') sweep(place.ownDirectory);
    return listener;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    if (!place.isAsked) return `${place.path} cannot be made: ${what}`;
    throw new OperatorError({
      what: `${place.path} cannot be used: ${what}`,
      where: 'control-socket',
      advice: 'choose another path, or control-socket = off',
      exitCode: exitCodes.cannotCreate,
    });
  }
}

/** Another instance of that name lives: this one gets a directory with its pid. */
function inFreeDirectory(place: ControlPlace): ControlPlace {
  if (place.ownDirectory === '' || stateOf(place.path) !== 'alive') return place;
  const ownDirectory = `${place.ownDirectory}-${process.pid}`;
  return { ...place, ownDirectory, path: place.path.replace(place.ownDirectory, ownDirectory) };
}

/** `entry` is how the file is named for this look, as trusted-path.ts opens it. */
function stateOf(path: string, entry = path): 'alive' | 'dead' | 'absent' {
  const found = lstatSync(entry, { throwIfNoEntry: false });
  if (found === undefined) return 'absent';
  if (!found.isSocket()) throw new Error('it exists and is not a socket');
  return probeUnixSocket({ kind: 'path', name: path });
}

/** Removes what killed instances of this name left: directories with a pid that is free again. */
function sweep(ownDirectory: string): void {
  const [folder, name] = [dirname(ownDirectory), basename(ownDirectory)];
  const left = readdirSync(folder).filter((each) => {
    const pid = each.startsWith(`${name}-`) ? each.slice(name.length + 1) : '';
    return /^\d+$/.test(pid) && !existsSync(`/proc/${pid}`);
  });
  for (const each of left) {
    const path = `${folder}/${each}/${controlFileName}`;
    try {
      if (stateOf(path) === 'dead') unlinkSync(path);
      rmdirSync(`${folder}/${each}`);
    } catch {
      // It holds what is not ours, or belongs to another user.
    }
  }
}

function open(
  { path, ownDirectory, privateFolder }: ControlPlace,
  user: NextUser | undefined,
): ControlFile {
  if (ownDirectory !== '') makeDirectory(ownDirectory, privateFolder === '' ? 'made' : 'there');
  const socket = { path, user };
  const umask = process.umask(OTHERS_MASK);
  try {
    const { fd, file } = bindSocketFile(socket, BACKLOG, (place) => makeRoom(path, place));
    try {
      changeSocketFile(socket, file, { mode: undefined, owner: user });
      if (user !== undefined && ownDirectory !== '') lchownSync(ownDirectory, user.uid, user.gid);
    } catch (error) {
      closeSync(fd);
      removeSocketFile(socket, file);
      throw error;
    }
    return { fd, path, remove: () => remove(socket, file, ownDirectory) };
  } finally {
    process.umask(umask);
  }
}

function makeRoom(path: string, place: Place): void {
  const state = stateOf(path, place.path);
  if (state === 'alive') throw new Error('another server answers there');
  if (state === 'dead') unlinkSync(place.path);
}

/**
 * Ours alone until the socket stands: the user, whose it was in an earlier run, might put another
 * file in the place of the socket that root is about to give away.
 */
function makeDirectory(directory: string, above: 'made' | 'there'): void {
  const umask = process.umask(0);
  try {
    if (above === 'made') makeFolder(dirname(directory));
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  } finally {
    process.umask(umask);
  }
  if (!lstatSync(directory).isDirectory()) throw new Error(`${directory} is not a directory`);
  if (process.getuid?.() === 0) lchownSync(directory, 0, 0);
}

/** Of the directories above it none is made: /run/user/1000 is there, or it is not the place. */
function makeFolder(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: DIRECTORY_MODE });
}

function remove(socket: SocketFileParts, file: FileIdentity, ownDirectory: string): void {
  try {
    removeSocketFile(socket, file);
    if (ownDirectory !== '') rmdirSync(ownDirectory);
  } catch {
    // It is gone already, or the directory above is root's, and we are not root any more.
  }
}
