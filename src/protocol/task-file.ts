/**
 * PURE. A task of a spooler as its file has it: a packet of the uwsgi protocol (modifier 17) with
 * names and values, and behind it the body. `jobs/task_files.py` is its twin.
 */

export interface TaskFile {
  readonly variables: readonly (readonly [name: Uint8Array, value: Uint8Array])[];
  readonly body: Uint8Array;
}

/** What such a file's name begins with. */
export const TASK_PREFIX = 'uwsgi_spoolfile_on_';
export const DEAD_FOLDER = 'dead';
/** Why a task was put aside stands beside it, in a file with this ending. */
export const WHY_SUFFIX = '.why';
export const TRIES_FOLDER = '.reeve/tries';
export const WAKE_PIPE = '.reeve/wake';

const MODIFIER = 17;
const HEAD_BYTES = 4;

/** Undefined for what is no whole task. */
export function readTask(data: Uint8Array): TaskFile | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < HEAD_BYTES || data[0] !== MODIFIER) return undefined;
  const end = HEAD_BYTES + view.getUint16(1, true);
  if (data.length < end) return undefined;
  const texts: Uint8Array[] = [];
  for (let at = HEAD_BYTES; at < end;) {
    if (at + 2 > end) return undefined;
    const from = at + 2;
    at = from + view.getUint16(at, true);
    if (at > end) return undefined;
    texts.push(data.subarray(from, at));
  }
  const none = new Uint8Array();
  const variables = Array.from({ length: Math.floor(texts.length / 2) }, (_, pair) => {
    return [texts[2 * pair] ?? none, texts[2 * pair + 1] ?? none] as const;
  });
  return texts.length % 2 === 1 ? undefined : { variables, body: data.subarray(end) };
}
