/** PURE. What `reeve why` prints for people. */

import { isTrouble } from '../../diagnosis/diagnose.ts';
import type { Finding } from '../../diagnosis/finding.ts';
import type { Story } from '../../diagnosis/request-story.ts';
import { sceneOf, type Looks } from '../../diagnosis/scene.ts';
import { plural } from '../../diagnosis/words.ts';
import type { Instance } from '../../protocol/operator-messages.ts';
import { visibleLine } from '../process/visible.ts';

export function findingsText(
  { name, pid, version }: Instance,
  findings: readonly Finding[],
  looks: Looks,
): string {
  const head = `${name}: pid ${pid}, Reeve ${version}`;
  const troubles = findings.filter(isTrouble);
  const notes = findings.filter((finding) => !isTrouble(finding));
  const blocks = [
    ...(troubles.length === 0 ? [wellText(looks)] : troubles.map(findingText)),
    ...notes.map((note) => `note: ${visibleLine(note.sentence)}\n   ${note.advice}`),
  ];
  return `${head}\n\n${blocks.join('\n\n')}\n`;
}

function findingText({ sentence, advice, lines }: Finding, at: number): string {
  const stack = lines.map((line) => `\n       ${visibleLine(line.trim())}`).join('');
  return `${at + 1}. ${visibleLine(sentence)}\n   ${advice}${stack}`;
}

function wellText(looks: Looks): string {
  const { workers, slots, running, queued, work, seconds } = sceneOf(looks);
  const rate = Math.round((work.requests / Math.max(seconds, 0.001)) * 10) / 10;
  return (
    `nothing is wrong: ${plural(workers.length, 'worker')} with ${plural(slots, 'slot')}, ` +
    `${running.length} running, ${queued} waiting, ${rate} requests/s`
  );
}

export function storyText({ name, pid }: Instance, story: Story): string {
  const stack = story.lines.map((line) => `\n     ${visibleLine(line.trim())}`).join('');
  return `${name}: pid ${pid}\n\n${story.sentences.map(visibleLine).join('\n')}${stack}\n`;
}
