/** Points in time as logs write them, in the operator's time zone and in English (pure). */

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];
const DAY_MS = 86_400_000;

let lastSecond = -1;
let lastCtime = '';

/** "Mon Nov 23 02:08:57 2026", as ctime(3) writes it. Within one second it is computed once. */
export function ctime(at: Date): string {
  const second = Math.floor(at.getTime() / 1000);
  if (second !== lastSecond) {
    lastCtime = strftime('%a %b %e %H:%M:%S %Y', at);
    lastSecond = second;
  }
  return lastCtime;
}

/** Returns a function that writes a time as strftime(3) does; once for each second. */
export function timeFormatter(format: string): (at: Date) => string {
  let knownSecond = -1;
  let known = '';
  return (at) => {
    const second = Math.floor(at.getTime() / 1000);
    if (second !== knownSecond) {
      known = strftime(format, at);
      knownSecond = second;
    }
    return known;
  };
}

/** "%d/%b/%Y:%H:%M:%S %z": as Apache's common log format has it. */
export const CLF = '%d/%b/%Y:%H:%M:%S %z';

/** A time as strftime(3) of the GNU C library writes it in the C locale. */
export function strftime(format: string, at: Date): string {
  return format.replace(/%([-_0^#]?)(\d*)[EO]?([A-Za-z%+])/g, (all, flag, width, letter) => {
    const field = Object.hasOwn(fields, letter) ? fields[letter] : undefined;
    return field === undefined ? all : padded(field(at), { flag, width: Number(width) });
  });
}

/** A number with the digits that it has at least, and what fills them up; or a text. */
type Piece = string | readonly [value: number, width: number, fill: '0' | ' '];

function padded(piece: Piece, how: { readonly flag: string; readonly width: number }): string {
  const { flag } = how;
  if (typeof piece === 'string') {
    return (flag === '^' ? piece.toUpperCase() : piece).padStart(how.width, ' ');
  }
  const [value, width, usual] = piece;
  if (flag === '-') return String(value);
  const fill = flag === '_' ? ' ' : flag === '0' ? '0' : usual;
  return String(value).padStart(Math.max(width, how.width), fill);
}

const fields: Readonly<Record<string, (at: Date) => Piece>> = {
  a: (at) => (days[at.getDay()] ?? '').slice(0, 3),
  A: (at) => days[at.getDay()] ?? '',
  b: (at) => (months[at.getMonth()] ?? '').slice(0, 3),
  B: (at) => months[at.getMonth()] ?? '',
  c: (at) => strftime('%a %b %e %H:%M:%S %Y', at),
  C: (at) => two(Math.floor(at.getFullYear() / 100)),
  d: (at) => two(at.getDate()),
  D: (at) => strftime('%m/%d/%y', at),
  e: (at) => [at.getDate(), 2, ' '],
  F: (at) => strftime('%Y-%m-%d', at),
  g: (at) => two(isoYear(at) % 100),
  G: (at) => [isoYear(at), 1, '0'],
  h: (at) => (months[at.getMonth()] ?? '').slice(0, 3),
  H: (at) => two(at.getHours()),
  I: (at) => two(at.getHours() % 12 || 12),
  j: (at) => [dayOfYear(at) + 1, 3, '0'],
  k: (at) => [at.getHours(), 2, ' '],
  l: (at) => [at.getHours() % 12 || 12, 2, ' '],
  m: (at) => two(at.getMonth() + 1),
  M: (at) => two(at.getMinutes()),
  n: () => '\n',
  p: (at) => (at.getHours() < 12 ? 'AM' : 'PM'),
  P: (at) => (at.getHours() < 12 ? 'am' : 'pm'),
  r: (at) => strftime('%I:%M:%S %p', at),
  R: (at) => strftime('%H:%M', at),
  s: (at) => String(Math.floor(at.getTime() / 1000)),
  S: (at) => two(at.getSeconds()),
  t: () => '\t',
  T: (at) => strftime('%H:%M:%S', at),
  u: (at) => [at.getDay() || 7, 1, '0'],
  U: (at) => two(Math.floor((dayOfYear(at) + 7 - at.getDay()) / 7)),
  V: (at) => two(isoWeek(at)),
  w: (at) => [at.getDay(), 1, '0'],
  W: (at) => two(Math.floor((dayOfYear(at) + 7 - ((at.getDay() + 6) % 7)) / 7)),
  x: (at) => strftime('%m/%d/%y', at),
  X: (at) => strftime('%H:%M:%S', at),
  y: (at) => two(at.getFullYear() % 100),
  Y: (at) => [at.getFullYear(), 1, '0'],
  z: zone,
  Z: zoneName,
  '%': () => '%',
};

function two(value: number): Piece {
  return [value, 2, '0'];
}

/** Days since the first of January, by the calendar: a day of 23 hours is one, too. */
function dayOfYear(at: Date): number {
  return Math.round((calendarMs(at) - Date.UTC(at.getFullYear(), 0, 1)) / DAY_MS);
}

function calendarMs(at: Date): number {
  return Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());
}

/** The Thursday of the week decides which year it belongs to (ISO 8601). */
function thursday(at: Date): Date {
  return new Date(calendarMs(at) + (3 - ((at.getDay() + 6) % 7)) * DAY_MS);
}

function isoYear(at: Date): number {
  return thursday(at).getUTCFullYear();
}

function isoWeek(at: Date): number {
  const day = thursday(at);
  return 1 + Math.floor((day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / DAY_MS / 7);
}

/** "+0100". */
function zone(at: Date): string {
  const offset = -at.getTimezoneOffset();
  const minutes = Math.abs(offset);
  const digits = (value: number): string => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60))}${digits(minutes % 60)}`;
}

/** "UTC"; where the zone has no such name, "GMT+1". */
function zoneName(at: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}
