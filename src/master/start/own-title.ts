/**
 * How this process shows itself: its title in full to `ps -f`, `reeve` to plain `ps`, `top` and
 * journald. Node sets both names to the title, cut to 15 characters in the short one.
 */
import { setComm } from '../../base/libc.ts';

export function showTitle(title: string): void {
  process.title = title;
  setComm('reeve');
}
