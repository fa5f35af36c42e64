/** PURE. The table of log events in the form of a journal catalog (catalog format: systemd.dev). */
import { logEvents, type LogEvent } from '../src/tables/log-events.ts';

const HEAD = `# What journalctl -x says of Reeve's events. Written by "make catalog" from
# src/tables/log-events.ts; it is installed in /usr/lib/systemd/catalog/, and known after
# journalctl --update-catalog.
`;
const COLUMNS = 72;

/** The whole file. */
export function catalogText(): string {
  return `${HEAD}${Object.entries(logEvents).map(entryOf).join('')}`;
}

function entryOf([event, { id, subject, explanation }]: [string, LogEvent]): string {
  return `
-- ${id}
Subject: ${subject}
Defined-By: Reeve

${wrapped(explanation)}

The event's name is ${event}.
`;
}

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
