/** One request to a control socket, and its answer. */
import { connect } from 'node:net';

import { OperatorError } from '../../base/operator-error.ts';
import type { OperatorAnswer, OperatorRequest } from '../../protocol/operator-messages.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { readAnswer } from './read-answer.ts';

export interface AskTerms {
  /** Until the whole answer is there, also where it trickles; undefined: as long as it takes. */
  readonly timeoutMs?: number;
  /** `end`: resolves only when the daemon has closed the connection. */
  readonly until?: 'answer' | 'end';
}

/** Nobody holds the socket: it is stale, or gone. */
export class NobodyThere extends OperatorError {}

const ANSWER_CHARACTERS_MAX = 67_108_864;
/** Who it is, and the names of its files. */
const HELLO_CHARACTERS_MAX = 65_536;

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
    const most = request.command === 'hello' ? HELLO_CHARACTERS_MAX : ANSWER_CHARACTERS_MAX;
    const fail = (what: string, exitCode: number = exitCodes.unavailable): void => {
      socket.destroy();
      reject(new OperatorError({ what, where: path, exitCode }));
    };
    if (terms.timeoutMs !== undefined) {
      const timer = setTimeout(() => fail('no answer in time'), terms.timeoutMs);
      socket.on('close', () => clearTimeout(timer));
    }
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (piece: string) => {
      text += piece;
      if (text.length > most) return fail('the answer has no end');
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
