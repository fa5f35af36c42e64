/** Advice for people: lines for the ini, each below its reason as a comment (pure). */
import { snapshotOptions } from '../protocol/snapshot.ts';
import type { Advice, Advised } from './advice.ts';
import type { Observation } from './observation.ts';

const COLUMNS = 100;

const beginnings = { no: 'No advice', roughly: 'Rough advice', well: 'Advice' } as const;

export function adviceInWords(name: string, advice: Advice, { options }: Observation): string {
  const head = comment(`${beginnings[advice.sure]} for ${name}: ${advice.why}.`);
  if (advice.sure === 'no') return `${head.join('\n')}\n`;
  const parts = snapshotOptions.map((option) => {
    const advised = advice.options[option];
    const reasons = [stand(option, options[option], advised), ...advised.why].join(' ');
    return [...comment(reasons), ...lineOf(option, options[option], advised)].join('\n');
  });
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`;
}

/** None where there is no advice, or where an option is off and stays so. */
function lineOf(option: string, now: number, { value }: Advised): readonly string[] {
  if (value === null || (value === 0 && now === 0)) return [];
  return [`${option} = ${value}`];
}

function stand(option: string, now: number, { value }: Advised): string {
  if (value === null) return `${option}: no advice; it is ${now} now.`;
  return value === now ? `${option}: ${now}, as it is.` : `${option}: ${value}; it is ${now} now.`;
}

function comment(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > COLUMNS) lines.push(`; ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
