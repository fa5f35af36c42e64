/** PURE. The lines of the screen, from what is seen and chosen, for a terminal of some size. */
import { counted } from '../../views/words.ts';
import { headLines } from './head.ts';
import { fit, line, piece, plainText, type Line, type Style } from './line.ts';
import type { InstanceLine, SilentLine } from './look.ts';
import {
  chosenInstance,
  instanceOrders,
  keyOf,
  sortedInstances,
  sortedWorkers,
  workerOrders,
  type TopState,
} from './state.ts';
import { instanceRows, instancesHead, workerRows, workersHead } from './tables.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Screen {
  readonly state: TopState;
  readonly instances: readonly InstanceLine[];
  readonly silent: readonly SilentLine[];
  readonly intervalSeconds: number;
}

/** Above a table: what there is as a whole, and the heads of the columns. Below: its lines. */
interface Part {
  readonly above: readonly Line[];
  readonly lines: readonly Line[];
  /** Which line is chosen. */
  readonly chosen: number;
}

const helpText = [
  'reeve top: by the second, what an instance does',
  '',
  '  q, Ctrl-C      quit',
  '  arrows, j, k   choose a line; PageUp, PageDown, Home, End',
  '  Enter          show the workers of the chosen instance',
  '  Esc            back',
  '  o, <           sort by the next column, by the one before',
  '  s              Python stacks of the chosen worker, or of all in the list',
  '  r              reload the instance, after a question',
  '  Space          look now',
  '  Ctrl-L         draw the screen again',
  '',
  'Slots: # runs a request, ~ waits for a client that reads slowly, . is idle.',
  'REQ/S, P50 and P95 are of the time since the figures before.',
  'RESTARTS are of workers, since their generation began.',
  'MEMORY is resident: what workers share counts in each of them.',
];

/** Lines that begin so are as wide as the terminal. */
const fillOf: Readonly<Partial<Record<Style, Style>>> = {
  head: 'head',
  sorted: 'head',
  chosen: 'chosen',
};

/** As many lines as the terminal has, none longer than it is wide. */
export function screenLines(screen: Screen, { columns, rows }: Size): readonly Line[] {
  const { above, lines, chosen } = partOf(screen);
  const { page } = pageOf(screen, { columns, rows });
  const isText = screen.state.reads !== undefined;
  const first = isText ? screen.state.scrolled : Math.max(chosen - page + 1, 0);
  const shown = lines.slice(first, first + page).map((each, at) => {
    const isChosen = !isText && at + first === chosen;
    return isChosen ? [piece(plainText(each), 'chosen')] : each;
  });
  const body = [...above, ...shown].slice(0, Math.max(rows - 1, 0));
  const empty = Array.from({ length: Math.max(rows - 1 - body.length, 0) }, (): Line => []);
  return [...body, ...empty, lastLine(screen)].slice(-rows).map((each) => {
    const style = each[0]?.style ?? 'plain';
    return fit(each, columns, fillOf[style]);
  });
}

/** How many lines of the table or text fit, and how many there are of the text. */
export function pageOf(
  screen: Screen,
  { rows }: Size,
): { readonly page: number; readonly readable: number } {
  const { above, lines } = partOf(screen);
  return { page: Math.max(rows - 1 - above.length, 1), readable: lines.length };
}

/** All lines, for a reader that is no terminal. */
export function plainLines(screen: Screen): readonly string[] {
  const { above, lines } = partOf(screen);
  return [...above, ...lines].map(plainText);
}

function partOf(screen: Screen): Part {
  const { state, instances } = screen;
  if (state.reads === 'help') return textPart('', helpText);
  const instance = chosenInstance(state, instances);
  if (state.reads === 'stacks') return textPart(`stacks of ${instance?.name ?? ''}`, state.text);
  return state.table === 'instances' || instance === undefined
    ? instancesPart(screen)
    : workersPart(screen, instance);
}

function textPart(title: string, text: readonly string[]): Part {
  const above = title === '' ? [] : [line(piece(title, 'strong')), line('')];
  return { above, lines: text.map((each) => line(each)), chosen: -1 };
}

function instancesPart({ state, instances, silent, intervalSeconds }: Screen): Part {
  const sorted = sortedInstances(state, instances);
  const order = instanceOrders[state.orders.instances] ?? 'name';
  const mute = silent.map(({ name, reason }) => {
    return line(piece(`${name}: cannot be asked: ${reason}`, 'dim'));
  });
  const count = `${counted(instances.length, 'instance')}  every ${intervalSeconds} s`;
  const at = sorted.findIndex(({ path }) => path === state.path);
  return {
    above: [line(piece(count, 'strong')), line(''), instancesHead(order)],
    lines: [...sorted.flatMap(instanceRows), ...mute],
    chosen: sorted.slice(0, Math.max(at, 0)).flatMap(instanceRows).length,
  };
}

function workersPart({ state, intervalSeconds }: Screen, instance: InstanceLine): Part {
  const sorted = sortedWorkers(state, instance.workers);
  const order = workerOrders[state.orders.workers] ?? 'number';
  const at = sorted.findIndex((each) => keyOf(each) === state.worker);
  return {
    above: [...headLines({ instance, intervalSeconds }), line(''), workersHead(order)],
    lines: sorted.flatMap(workerRows),
    chosen: sorted.slice(0, Math.max(at, 0)).flatMap(workerRows).length,
  };
}

function lastLine({ state }: Screen): Line {
  const { question, notice, reads, table } = state;
  if (question !== undefined) {
    return line(piece(`reload ${question.name}? y reloads, any other key does not`, 'warn'));
  }
  if (notice !== '') return line(piece(notice, 'strong'));
  if (reads !== undefined) return line(piece('Esc back  arrows scroll  q quit', 'dim'));
  const enter = table === 'instances' ? '  Enter workers' : '';
  const keys = `q quit  o order  arrows choose${enter}  s stacks  r reload  h help`;
  return line(piece(keys, 'dim'));
}
