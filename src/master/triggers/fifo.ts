/**
 * The master's fifos (`master-fifo`): each byte that is written to the active one is a command.
 *
 * Several may be given; they are numbered from 0, and a digit as a command makes that one active,
 * as in uWSGI. What is written to another one waits in it. Mode 0600, because a process that may
 * write here may stop the server.
 *
 * What was written together is handed on together. Then nothing is read for a moment: whoever
 * floods the fifo waits for the master, and not the other way round.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';

import type { Cancel, Timers } from '../../base/clock.ts';
import { callLibc, lastErrno, SystemCallError } from '../../base/libc.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { cannotMake } from '../../base/system-error.ts';
import { atPlace, demandWritable, type Place } from '../../base/files/trusted-path.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

export interface FifoListener {
  /** Commands that came together, a character each; digits are handled here. */
  readonly onCommands: (commands: string) => void;
  /** Another fifo has become the active one; for the log. */
  readonly onSwitch: (path: string) => void;
}

export interface Fifos {
  /** Stops reading; `vacuum` also unlinks the fifos that are still ours. Never throws. */
  readonly close: (files: 'keep' | 'vacuum') => void;
}

interface OpenFifo {
  readonly path: string;
  readonly inode: number;
  readonly fd: number;
  /** What was read from it and is not done: another fifo has become the active one. */
  rest: string;
}

const MODE = 0o600;
/** What a command in a fifo is not: the newline that `echo r > fifo` adds. */
const NEWLINES = /\n/g;
/** For so long nothing more is read. */
const PAUSE_MS = 100;

/**
 * Makes the fifos, in place of fifos of an earlier run, and reads from the first.
 * @throws OperatorError (73) where something else has that name, or it cannot be made.
 */
export function openFifos(
  paths: readonly string[],
  timers: Pick<Timers, 'after'>,
  listener: FifoListener,
): Fifos {
  const fifos: OpenFifo[] = [];
  try {
    for (const path of paths) fifos.push(makeFifo(resolve(path)));
  } catch (error) {
    for (const fifo of fifos) closeFifo(fifo, 'vacuum');
    throw error;
  }
  let stop = (): void => {};
  const activate = (fifo: OpenFifo | undefined): void => {
    stop();
    stop = fifo === undefined ? () => {} : read(fifo, timers, take);
  };
  const take = (text: string): void => {
    const [commands, digit, rest] = cutAtSwitch(text, fifos.length);
    if (commands !== '') listener.onCommands(commands);
    const [active, other] = [fifos.find(({ fd }) => fd === activeFd), fifos[Number(digit)]];
    if (digit === '' || other === undefined) return;
    if (active !== undefined) active.rest = rest;
    activeFd = other.fd;
    listener.onSwitch(other.path);
    activate(other);
  };
  let activeFd = fifos[0]?.fd;
  activate(fifos[0]);
  return {
    close: (files) => {
      activate(undefined);
      for (const fifo of fifos.splice(0)) closeFifo(fifo, files);
    },
  };
}

/**
 * PURE. The commands before the first digit that names one of so many fifos, the digit, and what
 * stands behind it, which is for when this fifo is the active one again.
 */
export function cutAtSwitch(
  text: string,
  fifos: number,
): readonly [commands: string, digit: string, rest: string] {
  const at = [...text].findIndex((letter) => /\d/.test(letter) && Number(letter) < fifos);
  const commands = (at === -1 ? text : text.slice(0, at)).replace(NEWLINES, '');
  return at === -1 ? [commands, '', ''] : [commands, text.charAt(at), text.slice(at + 1)];
}

/** Throws what `openFifos` would throw for this one, and makes nothing. */
export function tryFifo(path: string): void {
  atFifo(path, (place) => {
    oldFifo(path, place);
    demandWritable(place);
  });
}

function makeFifo(path: string): OpenFifo {
  return atFifo(path, (place) => {
    if (oldFifo(path, place) === 'there') unlinkSync(place.path);
    if (callLibc('int mkfifo(str path, uint32 mode)', place.path, MODE) === -1) {
      throw new SystemCallError('mkfifo', lastErrno());
    }
    const fd = openFifo(place.path);
    return { path, inode: fstatSync(fd).ino, fd, rest: '' };
  });
}

function oldFifo(path: string, place: Place): 'there' | 'absent' {
  const found = lstatSync(place.path, { throwIfNoEntry: false });
  if (found === undefined) return 'absent';
  if (found.isFIFO()) return 'there';
  throw refusal(path, 'it exists and is not a fifo', 'remove it, or choose another path');
}

function atFifo<T>(path: string, use: (place: Place) => T): T {
  try {
    return atPlace(path, { lastLink: 'kept' }, use);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw cannotMake(`the fifo ${path}`, error, { where: 'master-fifo' });
  }
}

/** Opened for writing too, so that the end of one writer is not the end of the file. */
function openFifo(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

/**
 * Reads through a descriptor of its own, which is closed when another one becomes active: what is
 * unread stays. Returns what ends it.
 */
function read(fifo: OpenFifo, timers: Pick<Timers, 'after'>, take: (text: string) => void): Cancel {
  const fd = openSync(`/proc/self/fd/${fifo.fd}`, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  let cancel = (): void => {};
  socket.on('data', (bytes: Buffer) => {
    socket.pause();
    cancel = timers.after(PAUSE_MS, () => socket.resume());
    take(bytes.toString('latin1'));
  });
  socket.on('error', () => socket.destroy());
  const { rest } = fifo;
  fifo.rest = '';
  if (rest !== '') {
    socket.pause();
    cancel = timers.after(0, () => {
      socket.resume();
      take(rest);
    });
  }
  return () => {
    cancel();
    socket.destroy();
  };
}

function closeFifo({ path, inode, fd }: OpenFifo, files: 'keep' | 'vacuum'): void {
  try {
    if (files === 'vacuum') {
      atPlace(path, { lastLink: 'kept' }, (place) => {
        if (lstatSync(place.path).ino === inode) unlinkSync(place.path);
      });
    }
  } catch {
    // It is gone already, or the directory is not ours to write to; nothing depends on it.
  }
  closeSync(fd);
}

function refusal(path: string, reason: string, advice: string | undefined): OperatorError {
  const what = `the fifo ${path} cannot be made: ${reason}`;
  return new OperatorError({
    what,
    where: 'master-fifo',
    advice,
    exitCode: exitCodes.cannotCreate,
  });
}
