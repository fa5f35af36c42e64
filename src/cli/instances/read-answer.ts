/** PURE. The answer of a control socket, which is its user's: any text may stand in it. */

import { visible } from '../process/visible.ts';

import type { Instance, OperatorAnswer } from '../../protocol/operator-messages.ts';

/** The answer, with nothing in it that a terminal obeys; undefined for what is none of Reeve's. */
export function readAnswer(line: string): OperatorAnswer | undefined {
  try {
    const value: unknown = JSON.parse(line, (_, part: unknown) =>
      typeof part === 'string' ? visible(part) : part,
    );
    return isAnswer(value) ? value : undefined;
  } catch {
    // Another server: HTTP, or the wire protocol of uWSGI.
    return undefined;
  }
}

/** Both ends come from one installation or two near to each other; the fields tell. */
function isAnswer(value: unknown): value is OperatorAnswer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'ok' in value &&
    typeof value.ok === 'boolean' &&
    'sentence' in value &&
    typeof value.sentence === 'string' &&
    'exitCode' in value &&
    typeof value.exitCode === 'number' &&
    'instance' in value &&
    isInstance(value.instance)
  );
}

function isInstance(value: unknown): value is Instance {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    isOneLine(value.name) &&
    'version' in value &&
    isOneLine(value.version) &&
    'pid' in value &&
    Number.isSafeInteger(value.pid) &&
    Number(value.pid) > 0 &&
    'files' in value &&
    Array.isArray(value.files) &&
    value.files.every((file) => typeof file === 'string')
  );
}

/** It stands in the middle of a sentence. */
function isOneLine(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 1_000 && !value.includes('\n');
}
