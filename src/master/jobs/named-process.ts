/**
 * The process that a pidfile names, if it can be the one that wrote it: it runs, and it is older
 * than the file. A process that got the number later, after a crash or a new start of the machine,
 * is younger.
 */
import { readFileSync, statSync } from 'node:fs';

/** Ticks in a second: what Linux shows to programs on every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;
/** The clock of file systems is a tick behind, and the date of the start is kept in seconds. */
const TOLERANCE_MS = 2_000;

/** Undefined: there is no such file, no number in it, or no such process. */
export function processNamedBy(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'latin1').slice(0, 64), 10);
    if (!(pid > 1) || pid === process.pid) return undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // The first field after the name is number 3: the state, and 22 the start since boot.
    const [state = '', startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return undefined;
    const startedAtMs = bootedAtMs() + (Number(startTicks) / TICKS_PER_SECOND) * 1000;
    return startedAtMs <= statSync(path).mtimeMs + TOLERANCE_MS ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** As a date: it follows the clock of the machine when that is set. */
function bootedAtMs(): number {
  const [, seconds = '0'] = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1')) ?? [];
  return Number(seconds) * 1000;
}
