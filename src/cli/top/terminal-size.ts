/** How large a terminal is, as the kernel knows it. */
import { callLibc } from '../../base/libc.ts';
import type { Size } from './screen.ts';

// Number of the Linux interface (asm-generic; the same on x86-64 and arm64).
const TIOCGWINSZ = 0x5413;
/** struct winsize: rows, columns, and the same in pixels. */
const WINSIZE_BYTES = 8;

/** Undefined where it is no terminal, or one that does not tell, such as a serial line. */
export function terminalSize(fd: number): Size | undefined {
  const bytes = Buffer.alloc(WINSIZE_BYTES);
  const prototype = 'int ioctl(int fd, unsigned long request, void *size)';
  if (callLibc(prototype, fd, TIOCGWINSZ, bytes) === -1) return undefined;
  const [rows, columns] = [bytes.readUInt16LE(0), bytes.readUInt16LE(2)];
  return rows === 0 || columns === 0 ? undefined : { columns, rows };
}
