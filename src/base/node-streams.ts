/**
 * Keeps Node from opening `process.stdout` and `process.stderr`.
 *
 * Opening one sets O_NONBLOCK on the description behind descriptor 1 or 2, which workers, the shell
 * and other programs share: an application that prints to a log whose reader is slow would get
 * BlockingIOError. Node itself opens stderr when any module imports `node:util` or `node:assert`
 * (internal/util/colors asks whether it is a terminal), before that module runs. So each program
 * calls this first, and imports everything else after it.
 */
import { writeSync } from 'node:fs';

export function withoutNodeStreams(): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const stream = plainStream(fd);
    Object.defineProperty(process, name, { value: stream, configurable: true });
  }
}

/** What Node's own warnings need. */
function plainStream(fd: number): object {
  const nothing = (): void => {};
  const write = (text: string): boolean => {
    try {
      writeSync(fd, text);
    } catch {
      // A full disk, a reader that has gone: a warning is lost.
    }
    return true;
  };
  return { fd, isTTY: false, write, on: nothing, once: nothing, removeListener: nothing };
}
