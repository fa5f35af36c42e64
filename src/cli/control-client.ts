/** One request to a control socket, and its answer. */
import { connect } from 'node:net';

import { OperatorError } from '../base/operator-error.ts';
import type { OperatorAnswer, OperatorRequest } from '../protocol/operator-messages.ts';
import { exitCodes } from '../tables/exit-codes.ts';

export interface AskTerms {
  /** Undefined: as long as it takes. */
  readonly timeoutMs?: number;
  /** `end`: resolves only when the daemon has closed the connection. */
  readonly until?: 'answer' | 'end';
}

/** Nobody holds the socket: it is stale, or gone. */
export class NobodyThere extends OperatorError {}

const ANSWER_CHARACTERS_MAX = 67_108_864;

/** Resolves to the answer; throws an OperatorError (69, 77) where there is none. */
export function ask(
  path: string,
  request: OperatorRequest,
  terms: AskTerms = {},
): Promise<OperatorAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let text = '';
    let answer: OperatorAnswer | undefined;
    const fail = (what: string, exitCode: number = exitCodes.unavailable): void => {
      socket.destroy();
      reject(new OperatorError({ what, where: path, exitCode }));
    };
    if (terms.timeoutMs !== undefined) {
      socket.setTimeout(terms.timeoutMs, () => fail('no answer in time'));
    }
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (piece: string) => {
      text += piece;
      if (text.length > ANSWER_CHARACTERS_MAX) return fail('the answer has no end');
      const end = text.indexOf('\n');
      if (answer !== undefined || end === -1) return;
      answer = readAnswer(text.slice(0, end));
      if (answer === undefined) return fail('what answers there is not Reeve');
      if (terms.until === 'end' && answer.ok) return;
      resolve(answer);
      socket.destroy();
    });
    socket.on('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      if (code !== 'ECONNREFUSED' && code !== 'ENOENT') return fail(...reasonOf(error));
      const what = 'nobody runs there any more';
      reject(new NobodyThere({ what, where: path, exitCode: exitCodes.unavailable }));
    });
    socket.on('close', () => {
      if (answer !== undefined) resolve(answer);
      else fail('it ended before it had answered');
    });
  });
}

function reasonOf(error: Error): [what: string, exitCode: number] {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return ['not permitted; ask as root or as the user of the daemon', exitCodes.noPermission];
  }
  const isFull = code === 'EAGAIN';
  return [isFull ? 'its queue of connections is full' : error.message, exitCodes.unavailable];
}

/** Both ends come from one installation or two near to each other; the fields tell. */
function isAnswer(value: unknown): value is OperatorAnswer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'ok' in value &&
    'sentence' in value &&
    typeof value.sentence === 'string' &&
    'exitCode' in value &&
    typeof value.exitCode === 'number' &&
    'instance' in value &&
    typeof value.instance === 'object'
  );
}

function readAnswer(line: string): OperatorAnswer | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isAnswer(value) ? value : undefined;
  } catch {
    // Another server: HTTP, or the wire protocol of uWSGI.
    return undefined;
  }
}
