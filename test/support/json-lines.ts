/** What a helper process prints: an object of JSON a line. */
import type { Readable } from 'node:stream';

/** Hands on each object as its line is complete. */
export function eachJsonLine<T>(stream: Readable | null, take: (said: T) => void): void {
  let rest = '';
  stream?.on('data', (piece: Buffer) => {
    const lines = (rest + piece.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line));
  });
}
