/**
 * PURE. A flame graph as an SVG that a browser opens: the outermost calls on top, as wide as the
 * time that was spent in them. It needs nothing from elsewhere. A click zooms in, a click on the
 * first line out again; each box says its figures when the pointer rests on it.
 */
import type { Origin, Place, WeighedStack } from './weighed-stacks.ts';

const WIDTH = 1200;
const ROW = 18;
const TOP = 56;
const MARGIN = 10;
/** Of the monospaced font, at 12 pixels. */
const LETTER = 7.25;
/** What is narrower is not drawn: it could not be seen. */
const NARROWEST = 0.15;
const LETTERS_MIN = 3;

const colours: Readonly<Record<Origin, readonly [hue: number, saturation: number]>> = {
  application: [22, 88],
  library: [204, 60],
  python: [48, 70],
  reeve: [270, 12],
};

/** A call, and what it called. */
interface Box {
  readonly place: Place | undefined;
  micros: number;
  readonly below: Map<string, Box>;
}

export interface FlameGraphText {
  readonly title: string;
  /** Under the title: what counts, and for how long it was looked. */
  readonly subtitle: string;
}

export function flameGraph(stacks: readonly WeighedStack[], text: FlameGraphText): string {
  const root: Box = { place: undefined, micros: 0, below: new Map() };
  for (const { places, micros } of stacks) add(root, places, micros);
  const scale = (WIDTH - 2 * MARGIN) / Math.max(root.micros, 1);
  const boxes: string[] = [];
  const depth = draw({ box: root, row: 0, fromMicros: 0, all: root.micros, scale }, boxes);
  const height = TOP + (depth + 1) * ROW + MARGIN;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ` +
      `viewBox="0 0 ${WIDTH} ${height}" font-family="ui-monospace, monospace" font-size="12">`,
    `<title>${escaped(text.title)}</title>`,
    `<style>${style}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${MARGIN}" y="20" font-size="15" font-weight="bold">${escaped(text.title)}</text>`,
    `<text x="${MARGIN}" y="38" fill="#555">${escaped(text.subtitle)}</text>`,
    legend(),
    `<g id="boxes">`,
    ...boxes,
    '</g>',
    `<script><![CDATA[${script}]]></script>`,
    '</svg>\n',
  ].join('\n');
}

function add(root: Box, places: readonly Place[], micros: number): void {
  let box = root;
  box.micros += micros;
  for (const place of places) {
    const known = box.below.get(place.name);
    const next = known ?? { place, micros: 0, below: new Map<string, Box>() };
    if (known === undefined) box.below.set(place.name, next);
    next.micros += micros;
    box = next;
  }
}

interface Drawn {
  readonly box: Box;
  readonly row: number;
  readonly fromMicros: number;
  readonly all: number;
  readonly scale: number;
}

/** Draws a box and all below it; returns the deepest row. */
function draw({ box, row, fromMicros, all, scale }: Drawn, boxes: string[]): number {
  const width = box.micros * scale;
  if (width < NARROWEST) return row - 1;
  const x = MARGIN + fromMicros * scale;
  const name = box.place?.name ?? 'all';
  const share = all === 0 ? 100 : (box.micros / all) * 100;
  const about = `${name}: ${(box.micros / 1_000_000).toFixed(2)} s, ${share.toFixed(1)} %`;
  const y = TOP + row * ROW;
  boxes.push(
    `<g data-x="${round(x)}" data-w="${round(width)}" data-row="${row}">` +
      `<title>${escaped(about)}</title>` +
      `<rect x="${round(x)}" y="${y}" width="${round(width)}" height="${ROW - 1}" ` +
      `fill="${colourOf(box.place)}"/>` +
      `<text x="${round(x + 3)}" y="${y + 13}" data-name="${escaped(name)}">` +
      `${escaped(cut(name, width))}</text></g>`,
  );
  let deepest = row;
  let at = fromMicros;
  const below = [...box.below.values()].toSorted((one, other) =>
    (one.place?.name ?? '') < (other.place?.name ?? '') ? -1 : 1,
  );
  for (const each of below) {
    deepest = Math.max(
      deepest,
      draw({ box: each, row: row + 1, fromMicros: at, all, scale }, boxes),
    );
    at += each.micros;
  }
  return deepest;
}

function colourOf(place: Place | undefined): string {
  if (place === undefined) return '#ddd';
  const [hue, saturation] = colours[place.origin];
  // Neighbours differ a little, and a function is the same everywhere.
  const shade = [...place.name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 97, 7);
  return `hsl(${hue + (shade % 13) - 6}, ${saturation}%, ${66 + (shade % 17)}%)`;
}

function legend(): string {
  const words: readonly (readonly [Origin, string])[] = [
    ['application', 'application'],
    ['library', 'installed packages'],
    ['python', 'standard library'],
    ['reeve', 'Reeve'],
  ];
  return words
    .map(([origin, word], at) => {
      const x = WIDTH - 640 + at * 160;
      const [hue, saturation] = colours[origin];
      const fill = `hsl(${hue}, ${saturation}%, 72%)`;
      const square = `<rect x="${x}" y="11" width="11" height="11" fill="${fill}"/>`;
      return `${square}<text x="${x + 16}" y="21" fill="#555">${word}</text>`;
    })
    .join('\n');
}

/** What fits into a box. */
function cut(name: string, width: number): string {
  const letters = Math.floor((width - 6) / LETTER);
  if (letters < LETTERS_MIN) return '';
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** As text and in attributes; what XML does not allow at all becomes a question mark. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"']/g, (letter) => entities[letter] ?? letter)
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?');
}

const style = '#boxes g{cursor:pointer}#boxes g:hover rect{stroke:#000}text{pointer-events:none}';

/** In the browser: zooms by laying out the boxes anew. */
const script = `
const all = [...document.querySelectorAll('#boxes > g')].map((group) => ({
  group, rect: group.querySelector('rect'), text: group.querySelector('text'),
  x: +group.dataset.x, w: +group.dataset.w, row: +group.dataset.row,
}));
function zoom(to) {
  const factor = ${WIDTH - 2 * MARGIN} / to.w;
  for (const box of all) {
    const [end, toEnd, near] = [box.x + box.w, to.x + to.w, 0.01];
    const isAbove = box.row < to.row && box.x <= to.x + near && end >= toEnd - near;
    const isInside = box.row >= to.row && box.x >= to.x - near && end <= toEnd + near;
    box.group.style.display = isAbove || isInside ? '' : 'none';
    const x = isAbove ? ${MARGIN} : ${MARGIN} + (box.x - to.x) * factor;
    const w = isAbove ? ${WIDTH - 2 * MARGIN} : box.w * factor;
    box.rect.setAttribute('x', x);
    box.rect.setAttribute('width', w);
    box.rect.style.opacity = isAbove ? 0.5 : 1;
    box.text.setAttribute('x', x + 3);
    const letters = Math.floor((w - 6) / ${LETTER});
    const name = box.text.dataset.name;
    const cut = name.length <= letters ? name : name.slice(0, letters - 1) + '\\u2026';
    box.text.textContent = letters < ${LETTERS_MIN} ? '' : cut;
  }
}
for (const box of all) box.group.addEventListener('click', () => zoom(box));
`;
