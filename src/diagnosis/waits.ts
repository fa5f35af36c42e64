/**
 * What a thread does or waits for, as far as the kernel tells (pure).
 *
 * CPython's threads wait for the interpreter in pieces of 5 ms (sys.getswitchinterval): such a
 * thread goes to sleep some 200 times in a second and computes nothing, which no other wait does.
 */

import type { FrameView, ThreadView } from '../protocol/stacks-view.ts';

export type Wait =
  | 'computes'
  | 'interpreter'
  | 'lock'
  | 'network'
  | 'pipe'
  | 'sleep'
  | 'child'
  | 'file-lock'
  | 'disk'
  | 'client'
  | 'unknown';

const COMPUTES_FROM = 0.5;
/** It does not sleep, and others have the processor for most of the time. */
const RUNS_FROM = 0.02;
/** On a busy machine a thread is woken later than it asked for. */
const INTERPRETER_SLEEPS_MIN = 60;
const INTERPRETER_SHARE_MAX = 0.25;

const byKernel: readonly (readonly [pattern: RegExp, wait: Wait])[] = [
  [/futex/, 'lock'],
  [/lock_inode|locks_|posix_lock|flock/, 'file-lock'],
  [/pipe/, 'pipe'],
  [/nanosleep/, 'sleep'],
  [/^do_wait|wait4|waitid|kernel_wait/, 'child'],
  [/io_schedule|folio|wait_on_page|bit_wait|jbd2|ext4|xfs|btrfs|nfs|rpc_wait|fuse/, 'disk'],
  [/skb|sk_|sock|unix_|inet|tcp|udp|wait_woken|poll|select|ep_|epoll/, 'network'],
];

/** What a thread does, by its stack too: the kernel shows the same for many waits. */
export function waitOfThread(thread: ThreadView): Wait {
  const wait = waitOf(thread);
  const [innermost] = thread.frames;
  if (innermost === undefined) return wait;
  if (isBetweenRequests(thread)) return /futex|^$/.test(thread.waitsIn) ? 'interpreter' : wait;
  const isMoving = wait === 'network' || wait === 'disk' || wait === 'pipe';
  if (isMoving && thread.request !== null && isOfReeve(innermost.file)) return 'client';
  // One that waits again and again, with a short timeout, looks the same.
  return wait === 'interpreter' && isWait(innermost) ? 'lock' : wait;
}

/**
 * It has a request, and its stack has none: the request has not begun in Python, or it has ended
 * since. The question for the stacks lets threads have the interpreter for which they have waited.
 */
export function isBetweenRequests({ request, frames }: ThreadView): boolean {
  const isIn = (end: string): boolean => frames.some(({ file }) => file.endsWith(end));
  return request !== null && isIn('/requests/serve.py') && !isIn('/requests/wsgi.py');
}

function isWait({ file, function: name }: FrameView): boolean {
  return (
    /\/(threading|queue|synchronize|popen_fork)\.py$/.test(file) && /wait|acquire|get/.test(name)
  );
}

export function waitOf({ processorShare, sleepsPerSecond, waitsIn }: Facts): Wait {
  const share = processorShare ?? 0;
  if (share >= COMPUTES_FROM) return 'computes';
  const isWoken = (sleepsPerSecond ?? 0) >= INTERPRETER_SLEEPS_MIN;
  const wait = byKernel.find(([pattern]) => pattern.test(waitsIn))?.[1] ?? 'unknown';
  const mayBe = wait === 'lock' || waitsIn === '';
  if (isWoken && mayBe && share <= INTERPRETER_SHARE_MAX) return 'interpreter';
  if (waitsIn === '' && share >= RUNS_FROM) return 'computes';
  return wait;
}

type Facts = Pick<ThreadView, 'processorShare' | 'sleepsPerSecond' | 'waitsIn'>;

/** After "it". */
export const waitWords: Readonly<Record<Wait, string>> = {
  computes: 'computes',
  interpreter: 'waits for the interpreter, which another thread holds',
  lock: 'waits for a lock, an event or a queue',
  network: 'waits for an answer (a database, another service)',
  pipe: 'waits for another process (a pipe)',
  sleep: 'sleeps',
  child: 'waits for a process that it has started',
  'file-lock': 'waits for a file that is locked',
  disk: 'waits for a disk or a file system',
  client: 'waits to send its response, or for the body of its request',
  unknown: 'has not returned',
};

/** Whether a file is part of Python, of an installed package or of Reeve: not the application's. */
export function isLibrary(file: string): boolean {
  return (
    isOfReeve(file) || /\/lib\/python\d|\/site-packages\/|\/dist-packages\/|^<frozen /.test(file)
  );
}

function isOfReeve(file: string): boolean {
  return /\/reeve_worker\/|\/python\/launch\.py$/.test(file);
}

/**
 * The innermost call of the application's own files, or the innermost of all; undefined where only
 * Reeve runs.
 */
export function placeOf(frames: readonly FrameView[]): FrameView | undefined {
  const others = frames.filter(({ file }) => !isOfReeve(file));
  return others.find(({ file }) => !isLibrary(file)) ?? others[0];
}

export function placeInWords(frame: FrameView | undefined): string {
  if (frame === undefined) return '';
  const file = frame.file.split('/').slice(-2).join('/');
  return `${file}:${frame.line} in ${frame.function}`;
}

/** The frames of a stack that was written as text when a request was cut. */
export function framesIn(stack: string): readonly FrameView[] {
  return stack.split('\n').flatMap((text) => {
    const [, file, line, name] = /^\s*File "(.*)", line (\d+) in (.*)$/.exec(text) ?? [];
    if (file === undefined || name === undefined) return [];
    return [{ file, line: Number(line), function: name }];
  });
}

export function frameLines(frames: readonly FrameView[]): readonly string[] {
  return frames.slice(0, 12).map(({ file, line, function: name }) => `${file}:${line} in ${name}`);
}
