/** libsystemd, called directly: what needs descriptors, which sd-notify cannot send. */
import { functionOf, SystemCallError } from './libc.ts';

const LIBRARY = 'libsystemd.so.0';

/** Whether libsystemd is here and has a function; which ones it has tells how old it is. */
export function hasSystemdFunction(name: string): boolean {
  try {
    functionOf(LIBRARY, `int ${name}()`);
    return true;
  } catch {
    return false;
  }
}

/** Tells systemd (NOTIFY_SOCKET) something about descriptors, and gives it copies of them. */
export function notifyWithDescriptors(state: string, fds: readonly number[]): void {
  const send = functionOf(
    LIBRARY,
    'int sd_pid_notify_with_fds(int pid, int unset, str state, void *fds, unsigned int count)',
  );
  const result = send(0, 0, state, Int32Array.from(fds), fds.length);
  if (result < 0) throw new SystemCallError('sd_pid_notify_with_fds', -result);
}
