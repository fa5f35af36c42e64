/** The figures of a run as tables of docs/performance.md and of README.md (pure). */
import { cell, isBehind, ratio, serverNames, serversIn, shown, titles } from './report.ts';
import type { PartReport, Report, Row, ServerName } from './report.ts';

/**
 * A document with the figures of the report: between `<!-- figures: NAME -->` and
 * `<!-- end of figures -->` stands the part of that name, `machine` or `quicker`.
 */
export function inDocument(text: string, report: Report): string {
  const marked = /(<!-- figures: (\S+) -->\n)[^]*?(<!-- end of figures -->)/g;
  return text.replaceAll(marked, (_, begin: string, name: string, end: string) => {
    return `${begin}\n${section(name, report)}\n\n${end}`;
  });
}

function section(name: string, report: Report): string {
  if (name === 'machine') return machine(report);
  if (name === 'quicker') return quicker(report);
  const part = report.parts.find((each) => each.name === name);
  if (part === undefined) throw new Error(`the record has no part ${name}: measure all of them`);
  return `${part.about}\n\n${tableOf(part)}\n\n${circumstances(part)}`;
}

function machine({ when, machine: facts, versions, seconds, rounds }: Report): string {
  const list = (words: Readonly<Record<string, string | number>>): string =>
    Object.entries(words)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  const { processors, model, memory, kernel } = facts;
  const what = `${processors} processors (${model}), ${memory}, Linux ${kernel}`;
  return [
    `- Measured on ${when.slice(0, 10)}: ${what}.`,
    `- Versions: ${list(versions)}.`,
    `- Each load lasted ${seconds} s, and there were ${rounds} rounds.`,
  ].join('\n');
}

/** How much else the machine had to do: figures of a busy one are lower, and noisier. */
function circumstances({ others, load }: PartReport): string {
  const used = `Other programs used ${others.toFixed(1)} processors meanwhile`;
  return `${used}; the machine's load was ${load.toFixed(1)} at the end, the measurement included.`;
}

function tableOf({ rows }: PartReport): string {
  const names = serversIn(rows);
  const head = ['', 'unit', ...names.map((name) => titles[name])];
  const lines = rows.map((row) => [
    ...[row.what, row.unit],
    ...names.map((name) => boldIfBest(row, name, cell(row, name, rows))),
  ]);
  return [head, head.map(() => '---'), ...lines].map(line).join('\n');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The best of a row with several servers is bold. */
function boldIfBest(row: Row, name: ServerName, text: string): string {
  const whole = serverNames.filter((each) => row.figures[each]?.trouble === undefined);
  const values = whole.flatMap((each) => row.figures[each]?.value ?? []);
  const best = row.better === 'more' ? Math.max(...values) : Math.min(...values);
  const isBest = values.length > 1 && whole.includes(name) && row.figures[name]?.value === best;
  return isBest ? `**${text}**` : text;
}

/** Where a peer does better by more than a tenth, the largest distance first. */
function quicker({ parts }: Report): string {
  const behind = parts.flatMap(({ rows }) =>
    rows
      .filter(({ what }) => !what.endsWith('processor time'))
      .flatMap((row) =>
        serverNames
          .filter((peer) => isBehind(row, peer, rows))
          .map((peer) => ({ row, peer, times: ratio(row, peer, rows) ?? 1 })),
      ),
  );
  const distance = ({ row, times }: (typeof behind)[number]): number =>
    row.better === 'more' ? 1 / times : times;
  if (behind.length === 0) return 'Nowhere in this run.';
  const head = ['', 'peer', 'Reeve’s figure as a multiple of it'];
  const lines = behind
    .toSorted((one, other) => distance(other) - distance(one))
    .map(({ row, peer, times }) => [
      `${row.what} (${row.unit})`,
      titles[peer],
      `${times.toFixed(2)} ×`,
    ]);
  return [head, head.map(() => '---'), ...lines].map(line).join('\n');
}

/** The rows of the README: the words that it says, and where their figures are. */
const readmeRows: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ['hello, 16 connections: requests/s', [['kept', 'hello, 16 connections']]],
  ['hello, 64 connections: requests/s', [['kept', 'hello, 64 connections']]],
  ['Flask, 16 connections: requests/s', [['kept', 'Flask, 16 connections']]],
  ['Flask, 64 connections: requests/s', [['kept', 'Flask, 64 connections']]],
  [
    'Flask behind nginx, `uwsgi_pass` on a unix socket: requests/s',
    [['short', 'Flask, nginx uwsgi_pass, unix']],
  ],
  [
    'Flask behind nginx, `proxy_pass`, a new connection each: requests/s',
    [['short', 'Flask, nginx proxy_pass, not kept']],
  ],
  [
    'quick requests beside a slow one ²: p95 / longest',
    [
      ['fairness', 'quick beside slow: p95'],
      ['fairness', 'quick beside slow: longest'],
    ],
  ],
  [
    'reload under load ³: failed requests / longest gap',
    [
      ['reload', 'reload: failed'],
      ['reload', 'reload: longest gap'],
    ],
  ],
  [
    'memory of all processes ⁵: at rest / after a load',
    [
      ['memory', '2 workers at rest'],
      ['memory', '2 workers after a load'],
    ],
  ],
  ['from the start to the first response', [['start', 'start until the first response']]],
];

/** More than this of a processor, used by others, and figures are those of a busy machine. */
const othersMax = 0.3;

/** Whether the machine was quiet enough for figures that stand without a word about it. */
export function isQuiet({ parts }: Report): boolean {
  return parts.every(({ others }) => others <= othersMax);
}

/**
 * README.md with the measured rows of the report, between **Measured** and **Features**; unchanged
 * where the machine was busy.
 */
export function inReadme(text: string, report: Report): string {
  if (!isQuiet(report)) return text;
  const block = /(\| \*\*Measured\*\* [^\n]*\n)[^]*?(\| \*\*Features\*\*)/;
  const measured = block.exec(text)?.[1];
  if (measured === undefined)
    throw new Error('README.md has no rows between Measured and Features');
  const widths = measured.split('|').map((each) => each.length - 2);
  const lines = readmeRows.map(([words, cells]) => {
    const rows = cells.map(([part, what]) => rowCalled(part, what, report));
    const shownCells = (['reeve', 'uwsgi', 'gunicorn', 'granian'] as const).map((name) =>
      readmeCell(rows, name, report),
    );
    return line([words, ...shownCells].map((each, at) => each.padEnd(widths[at + 1] ?? 0)));
  });
  return text.replace(block, (_, begin: string, end: string) => {
    return `${begin}${lines.join('\n')}\n${end}`;
  });
}

function rowCalled(part: string, what: string, { parts }: Report): Row {
  const rows = parts.find(({ name }) => name === part)?.rows ?? [];
  const row = rows.find((each) => each.what === what);
  if (row === undefined) throw new Error(`the record has no ${what}: measure all parts`);
  return row;
}

/** uWSGI with kept connections stands first where a row has both, the other in brackets. */
function readmeCell(rows: readonly Row[], name: ServerName, report: Report): string {
  return rows
    .map((row) => {
      const kept = name === 'uwsgi' ? row.figures['uwsgi-kept'] : undefined;
      const usual = row.figures[name];
      const figure = kept ?? usual;
      if (figure === undefined) return '–';
      const unit = row.unit === 'requests/s' || row.unit === 'requests' ? '' : ` ${row.unit}`;
      const chained = chainedOf(row, name, report);
      const text = `${shown(figure.value)}${unit}${chained}`;
      const bold = boldIfBest(row, kept === undefined ? name : 'uwsgi-kept', text);
      return kept === undefined ? bold : `${bold} (${shown(usual?.value ?? 0)} ¹)`;
    })
    .join(' / ');
}

/** What uWSGI can do beside its usual reload. */
function chainedOf(row: Row, name: ServerName, report: Report): string {
  if (name !== 'uwsgi' || row.what !== 'reload: longest gap') return '';
  const gap = rowCalled('reload', 'reload, lazy-apps: longest gap', report).figures.uwsgi;
  return gap === undefined ? '' : ` (${shown(gap.value)} ms ⁴)`;
}
