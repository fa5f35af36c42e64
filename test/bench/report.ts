/**
 * What a run of `make bench` has seen, as a record that is kept as JSON, and its tables (pure).
 *
 * A figure is the middle of several rounds in which the servers took turns. A ratio is Reeve's
 * figure as a multiple of a peer's: which of the two is better depends on the row.
 */

/** In the order of the columns. `uwsgi-kept`: with `http-keepalive`, beside the same without. */
export const serverNames = ['reeve', 'uwsgi', 'uwsgi-kept', 'gunicorn', 'granian'] as const;
export type ServerName = (typeof serverNames)[number];
export type PerServer<T> = Readonly<Partial<Record<ServerName, T>>>;

export const titles: Readonly<Record<ServerName, string>> = {
  reeve: 'Reeve',
  uwsgi: 'uWSGI',
  'uwsgi-kept': 'uWSGI, keep-alive',
  gunicorn: 'gunicorn',
  granian: 'Granian',
};

export interface Figure {
  readonly value: number;
  /** The least and the most that was seen. */
  readonly from: number;
  readonly to: number;
  /** What the value is the sum of, such as processor time by process. */
  readonly parts?: Readonly<Record<string, number>>;
  /** What went wrong meanwhile, such as requests that failed. */
  readonly trouble?: string;
}

export interface Row {
  readonly part: string;
  readonly what: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly figures: PerServer<Figure>;
  /** Reeve's figure as a multiple of the peer's: at least so much of `more`, at most of `less`. */
  readonly goals?: PerServer<number>;
  /** The row of this part with which Reeve's figure is compared, if it is not this one. */
  readonly beside?: string;
}

export interface PartReport {
  readonly name: string;
  readonly about: string;
  readonly rows: readonly Row[];
  /** How many processors everything but the measurement has used on average. */
  readonly others: number;
  /** The machine's average of a minute at the end of the part; the measurement is in it. */
  readonly load: number;
  readonly seconds: number;
}

export interface Report {
  readonly when: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  /** Of one measurement, and how often each was made. */
  readonly seconds: number;
  readonly rounds: number;
  readonly parts: readonly PartReport[];
}

/** The figure in the middle. Its parts are the means of all rounds. */
export function figureOf(values: readonly number[], parts?: Figure['parts'], trouble = ''): Figure {
  const sorted = values.toSorted((one, other) => one - other);
  return {
    value: rounded(sorted[Math.floor(sorted.length / 2)] ?? 0),
    from: rounded(sorted[0] ?? 0),
    to: rounded(sorted.at(-1) ?? 0),
    ...(parts === undefined ? {} : { parts }),
    ...(trouble === '' ? {} : { trouble }),
  };
}

/** Four digits that count: more are noise, and would fill the record. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Reeve's figure as a multiple of the peer's, undefined where one is missing. */
export function ratio(row: Row, peer: ServerName, rows: readonly Row[]): number | undefined {
  const other = row.beside === undefined ? row : rows.find(({ what }) => what === row.beside);
  const theirs = other?.figures[peer]?.value;
  const ours = row.figures.reeve?.value;
  return ours === undefined || theirs === undefined || theirs === 0 ? undefined : ours / theirs;
}

/**
 * Whether the peer does better in this row, by more than a tenth: less is noise. What failed is no
 * better.
 */
export function isBehind(row: Row, peer: ServerName, rows: readonly Row[]): boolean {
  const times = ratio(row, peer, rows);
  if (times === undefined || row.figures[peer]?.trouble !== undefined) return false;
  return row.better === 'more' ? times < 0.9 : times > 1.1;
}

/** Each goal with its sign, and whether it was reached: `≥ 2 × uWSGI: yes`. */
export function goalsOf(row: Row, rows: readonly Row[]): readonly string[] {
  return serverNames.flatMap((peer) => {
    const goal = row.goals?.[peer];
    const times = ratio(row, peer, rows);
    if (goal === undefined || times === undefined) return [];
    const isReached = row.better === 'more' ? times >= goal : times <= goal;
    const sign = row.better === 'more' ? '≥' : '≤';
    return [`${sign} ${goal} × ${titles[peer]}: ${isReached ? 'yes' : 'NO'}`];
  });
}

/** A number as it is read: `14 800`, `3.4`, `0.18`. */
export function shown(value: number): string {
  if (value >= 10_000) return grouped(Math.round(value / 100) * 100);
  if (value >= 100 || Number.isInteger(value)) return grouped(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Thousands apart, by a space that does not break. */
function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, '\u00A0');
}

/** The servers that have a figure in one of the rows. */
export function serversIn(rows: readonly Row[]): readonly ServerName[] {
  return serverNames.filter((name) => rows.some(({ figures }) => figures[name] !== undefined));
}

/** `12 400 (1.19 ×)`; Reeve's own figure has no ratio. */
export function cell(row: Row, name: ServerName, rows: readonly Row[]): string {
  const figure = row.figures[name];
  if (figure === undefined) return '';
  const parts = Object.values(figure.parts ?? {}).map((part) => shown(Math.round(part)));
  const sum = parts.length > 1 ? `${parts.join('+')} = ` : '';
  const times = name === 'reeve' ? undefined : ratio(row, name, rows);
  const compared = times === undefined ? '' : ` (${times.toFixed(2)} ×)`;
  const trouble = figure.trouble === undefined ? '' : ` !`;
  return `${sum}${shown(figure.value)}${compared}${trouble}`;
}

/** Lines for a terminal: all rows in one table, its columns aligned. */
export function textTable(report: Report): string {
  const all = report.parts.flatMap(({ rows }) => rows);
  const names = serversIn(all);
  const head = ['part', 'what', 'unit', ...names.map((name) => titles[name]), 'others', 'goal'];
  const lines = report.parts.flatMap(({ rows, name, others }) =>
    rows.map((row) => [
      ...[name, row.what, row.unit],
      ...names.map((each) => cell(row, each, rows)),
      ...[others.toFixed(1), goalsOf(row, rows).join(', ')],
    ]),
  );
  return aligned([head, ...lines]).join('\n');
}

/** What went wrong, a line for each figure. */
export function troubles(report: Report): readonly string[] {
  return report.parts.flatMap(({ rows }) =>
    rows.flatMap(({ part, what, figures }) =>
      serverNames.flatMap((name) => {
        const trouble = figures[name]?.trouble;
        return trouble === undefined ? [] : [`! ${part}, ${what}, ${titles[name]}: ${trouble}`];
      }),
    ),
  );
}

/** Cells of one width in each column. */
export function aligned(table: readonly (readonly string[])[]): readonly string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((each) => (each[column] ?? '').length)),
  );
  return table.map((each) =>
    each
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
