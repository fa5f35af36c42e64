/** PURE. Slots as a bar: `#` runs a request, `~` waits for its client, `.` is idle. */
import type { SlotNow, SlotState } from '../../views/slots.ts';

const marks: Readonly<Record<SlotState, string>> = { busy: '#', client: '~', idle: '.' };

/** A character for each slot; where they do not fit, in proportion, and any busy one is seen. */
export function barOf(slots: readonly SlotNow[], columns: number): string {
  if (slots.length <= columns) return slots.map(({ state }) => marks[state]).join('');
  const count = (state: SlotState): number => slots.filter((each) => each.state === state).length;
  const part = (number: number): number => Math.ceil((number * columns) / slots.length);
  const busy = part(count('busy'));
  const client = Math.min(part(count('client')), columns - busy);
  return `${marks.busy.repeat(busy)}${marks.client.repeat(client)}`.padEnd(columns, marks.idle);
}
