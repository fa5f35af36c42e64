/** On how many processors a process may run, from /proc. */
import { readFileSync } from 'node:fs';

/** Undefined: it has ended, or is out of sight in another pid namespace. */
export function processorsOf(pid: number): number | undefined {
  try {
    return readProcessors(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Of the text of a `status` file: "Cpus_allowed_list: 0-3,8". */
export function readProcessors(text: string): number | undefined {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(text)?.[1];
  return list?.split(',').reduce((sum, range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
}
