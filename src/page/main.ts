/**
 * The status page in the browser: asks the listener that it came from every two seconds, while it
 * is seen, and shows what it is told. All text is set as text, never as HTML.
 */
import type { PageStatus } from '../views/page-status.ts';
import { curvePath, pageView, TOLD_MAX, type Card, type PageView, type Told } from './view.ts';

const EVERY_MS = 2_000;
const CURVE = { width: 180, height: 36 };
const SVG = 'http://www.w3.org/2000/svg';

let told: readonly Told[] = [];

async function ask(): Promise<void> {
  try {
    const response = await fetch('status.json', { cache: 'no-store' });
    if (!response.ok) return lost((await response.text()).trim());
    const status: PageStatus = await response.json();
    const now: Told = { atMs: performance.now(), status };
    told = [...told, now].slice(-TOLD_MAX);
    show(pageView(told, now));
  } catch {
    lost('It does not answer: it has ended, or it is not reached from here.');
  }
}

function lost(sentence: string): void {
  text('lost', sentence);
  document.body.classList.add('is-lost');
}

function show(view: PageView): void {
  document.body.classList.remove('is-lost');
  document.title = `${view.name}: ${view.state}`;
  text('lost', '');
  text('name', view.name);
  text('version', `Reeve ${view.version}`);
  text('state', view.state).dataset['mood'] = view.mood;
  text('slots-title', view.slotsTitle);
  text('note', view.note);
  part('cards').replaceChildren(...view.cards.map(card));
  part('slots').replaceChildren(
    ...view.slots.map((slot) => {
      const tile = element('span', '', 'slot');
      tile.dataset['state'] = slot.state;
      tile.title = `${slot.worker} thread ${slot.thread}: ${slot.request || slot.state}`;
      return tile;
    }),
  );
  part('running').replaceChildren(
    ...view.running.map(({ slot, time, request, mood }) => row([slot, time, request], mood)),
  );
  part('why').hidden = view.findings === null;
  part('findings').replaceChildren(
    ...(view.findings ?? []).map(({ sentence, advice, mood }) => {
      const item = element('li', sentence);
      item.dataset['mood'] = mood;
      if (advice !== '') item.append(element('p', advice, 'note'));
      return item;
    }),
  );
  part('reloads').replaceChildren(
    ...view.reloads.map(({ ago, atMs, outcome, sentence, mood }) => {
      const whole = row([ago, outcome, sentence], mood);
      whole.title = new Date(atMs).toLocaleString();
      return whole;
    }),
  );
}

function card({ label, value, note, mood, noteMood, points }: Card): HTMLElement {
  const whole = element('section', '', 'card');
  const figure = element('p', value, 'value');
  figure.dataset['mood'] = mood;
  const below = element('p', note, 'note');
  below.dataset['mood'] = noteMood;
  whole.append(element('h2', label), figure, below);
  if (points.length > 0) whole.append(curve(points, label));
  return whole;
}

function curve(points: Card['points'], label: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${CURVE.width} ${CURVE.height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${label}, the last ten minutes`);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', curvePath(points, CURVE));
  path.setAttribute('vector-effect', 'non-scaling-stroke');
  svg.append(path);
  return svg;
}

function row(cells: readonly string[], mood: string): HTMLElement {
  const whole = element('tr', '');
  whole.dataset['mood'] = mood;
  whole.append(...cells.map((each) => element('td', each)));
  return whole;
}

function element(name: string, content: string, kind = ''): HTMLElement {
  const made = document.createElement(name);
  made.textContent = content;
  if (kind !== '') made.className = kind;
  return made;
}

function text(id: string, content: string): HTMLElement {
  const found = part(id);
  found.textContent = content;
  return found;
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`believed that the page has a part ${id}`);
  return found;
}

function askWhileSeen(): void {
  if (document.visibilityState === 'visible') void ask();
}

document.addEventListener('visibilitychange', askWhileSeen);
setInterval(askWhileSeen, EVERY_MS);
askWhileSeen();
