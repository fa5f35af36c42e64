/** One of the two streams of lines: which logger gets which line, and in which form. */

import { encoderFor, type Encoder } from '../loggers/encoders.ts';
import type { StreamPlan } from '../loggers/log-plan.ts';
import { readPatterns, type Pattern } from '../loggers/patterns.ts';
import type { Logger } from '../loggers/target.ts';
import type { LineTarget } from './target.ts';

export interface LineStreamParts {
  readonly plan: StreamPlan;
  readonly targetOf: (logger: Logger) => LineTarget;
  /** Where lines go that no logger without a name takes. */
  readonly main: LineTarget;
  readonly nowMs: () => number;
}

interface Way {
  readonly target: LineTarget;
  readonly encode: Encoder | undefined;
}

interface RoutePattern {
  readonly matches: Pattern;
  readonly ways: readonly Way[];
}

const NEWLINE = 10;

/** Returns the function that takes whole lines. */
export async function lineStream(parts: LineStreamParts): Promise<(lines: Buffer) => void> {
  const { plan } = parts;
  const usual = waysTo(
    parts,
    plan.loggers.filter(({ name }) => name === ''),
  );
  const ways = usual.length > 0 ? usual : [wayTo(parts, parts.main, '')];
  const routes = await routesOf(parts);
  const drains = await patternsOf(plan.drains);
  const filters = await patternsOf(plan.filters);
  const hasPatterns = routes.length + drains.length + filters.length > 0;
  const isShown = (text: string): boolean =>
    !drains.some((matches) => matches(text)) &&
    (filters.length === 0 || filters.some((matches) => matches(text)));
  const isWhole = !hasPatterns && ways.every((way) => isPlain(way));
  if (isWhole) {
    return (lines) => {
      for (const { target } of ways) target.write(lines);
    };
  }
  return (lines) => {
    for (const line of linesIn(lines)) {
      const text = hasPatterns ? line.toString('utf8', 0, line.length - 1) : '';
      if (hasPatterns && !isShown(text)) continue;
      const routed = routes.filter(({ matches }) => matches(text)).flatMap((route) => route.ways);
      for (const way of routed.length > 0 ? routed : ways) put(way, line, parts.nowMs);
    }
  };
}

/** Routes to a logger that is not there are none, as in uWSGI. */
async function routesOf(parts: LineStreamParts): Promise<readonly RoutePattern[]> {
  const { routes, loggers } = parts.plan;
  const read = await readPatterns(routes.map(({ pattern }) => pattern));
  return routes.flatMap((route, index) => {
    const pattern = read[index];
    const named = loggers.find(({ name }) => name === route.logger);
    if (pattern?.ok !== true || named === undefined) return [];
    return [{ matches: pattern.matches, ways: waysTo(parts, [named]) }];
  });
}

async function patternsOf(texts: readonly string[]): Promise<readonly Pattern[]> {
  const read = await readPatterns(texts);
  return read.flatMap((each) => (each.ok ? [each.matches] : []));
}

function waysTo(parts: LineStreamParts, loggers: readonly Logger[]): readonly Way[] {
  return loggers.map((logger) => wayTo(parts, parts.targetOf(logger), logger.name));
}

function wayTo({ plan }: LineStreamParts, target: LineTarget, name: string): Way {
  return { target, encode: encoderFor(plan.encoders, name) };
}

function isPlain({ target, encode }: Way): boolean {
  return target.takesMany && encode === undefined;
}

/** Each message ends with one newline. */
function put({ target, encode }: Way, line: Buffer, nowMs: () => number): void {
  if (encode === undefined) return target.write(line);
  const encoded = encode(line.toString('latin1', 0, line.length - 1), nowMs());
  target.write(Buffer.from(encoded.endsWith('\n') ? encoded : `${encoded}\n`, 'latin1'));
}

function linesIn(lines: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(NEWLINE, start) + 1 || lines.length;
    found.push(lines.subarray(start, end));
    start = end;
  }
  return found;
}
