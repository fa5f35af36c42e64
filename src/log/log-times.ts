/** Points in time as logs write them, in the operator's time zone (pure). */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

let lastSecond = -1;
let lastCtime = '';

/** "Mon Nov 23 02:08:57 2026", as ctime(3) writes it. Within one second it is computed once. */
export function ctime(at: Date): string {
  const second = Math.floor(at.getTime() / 1000);
  if (second !== lastSecond) {
    const day = String(at.getDate()).padStart(2, ' ');
    const date = `${days[at.getDay()]} ${months[at.getMonth()]} ${day}`;
    lastCtime = `${date} ${clock(at)} ${at.getFullYear()}`;
    lastSecond = second;
  }
  return lastCtime;
}

/** "23/Nov/2026:02:08:57 +0100", as Apache's common log format has it. */
export function clfTime(at: Date): string {
  const day = two(at.getDate());
  const offset = -at.getTimezoneOffset();
  const sign = offset < 0 ? '-' : '+';
  const minutes = Math.abs(offset);
  const zone = `${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
  return `${day}/${months[at.getMonth()]}/${at.getFullYear()}:${clock(at)} ${zone}`;
}

function clock(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
