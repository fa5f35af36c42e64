/** One request to a control socket, and its answer. */
import { connect } from 'node:net';

import { OperatorError } from '../../base/operator-error.ts';
import { peerOf, type PeerCredentials } from '../../base/sockets/peer-credentials.ts';
import type { OperatorAnswer, OperatorRequest } from '../../protocol/operator-messages.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { peerFacts, peerRefusal, type PeerFacts } from './peer.ts';
import { readAnswer } from '../answers/read-answer.ts';

export interface AskTerms {
  /** Until the whole answer is there, also where it trickles; `answerLimitMs` where not given. */
  readonly timeoutMs?: number;
  /** `end`: resolves only when the daemon has closed the connection. */
  readonly until?: 'answer' | 'end';
  /** Ends the wait; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** For tests: what is known of the process that listens. */
  readonly facts?: (peer: PeerCredentials | undefined, path: string) => PeerFacts;
}

/** The answer of a process, and the user that it was when it began to listen. */
export interface PeerAnswer extends OperatorAnswer {
  /** Undefined where the kernel does not tell. */
  readonly peerUid: number | undefined;
}

/** Nobody holds the socket: it is stale, or gone. */
export class NobodyThere extends OperatorError {}

const ANSWER_CHARACTERS_MAX = 67_108_864;
/** Who it is, and the names of its files. */
const HELLO_CHARACTERS_MAX = 65_536;
/** A reload, scale or stop that takes longer goes on without the command that asked for it. */
const WORK_LIMIT_MS = 3_600_000;
const NOT_ENDED = 'it has not ended in an hour; its log says why';

/** How long an answer may take. A daemon that runs answers at once, or when the work is done. */
const answerLimitMs: Readonly<Record<OperatorRequest['command'], number>> = {
  hello: 5_000,
  status: 30_000,
  evidence: 30_000,
  metrics: 30_000,
  stacks: 30_000,
  // Beyond the time that it was asked for.
  profile: 30_000,
  spoolers: 5_000,
  'log-level': 10_000,
  stop: 10_000,
  reload: WORK_LIMIT_MS,
  scale: WORK_LIMIT_MS,
};

/**
 * Resolves to the answer of the process that really listens there: its `instance.pid` is the pid
 * that the kernel knows. Throws an OperatorError (69, 77) where there is none.
 */
export function ask(
  path: string,
  request: OperatorRequest,
  terms: AskTerms = {},
): Promise<PeerAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const read = reader(path, request, terms);
    let peer: PeerCredentials | undefined;
    let answer: OperatorAnswer | undefined;
    const fail = (what: string, exitCode: number = exitCodes.unavailable): void => {
      socket.destroy();
      reject(new OperatorError({ what, where: path, exitCode }));
    };
    const limitMs = terms.timeoutMs ?? answerLimitMs[request.command];
    let timer = setTimeout(() => fail(silence(limitMs)), limitMs);
    const abort = (): void => {
      socket.destroy();
      reject(terms.signal?.reason);
    };
    terms.signal?.addEventListener('abort', abort);
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      peer = peerOf(socket);
      socket.write(`${JSON.stringify(request)}\n`);
    });
    socket.on('data', (piece: string) => {
      if (answer !== undefined) return;
      const reply = read(piece, peer);
      if (reply === undefined) return;
      if (typeof reply === 'string') return fail(reply);
      answer = reply;
      if (terms.until !== 'end' || !reply.ok) return socket.destroy();
      clearTimeout(timer);
      timer = setTimeout(() => fail(NOT_ENDED), WORK_LIMIT_MS);
    });
    socket.on('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      if (code !== 'ECONNREFUSED' && code !== 'ENOENT') return fail(...reasonOf(error));
      const what = 'nobody runs there any more';
      reject(new NobodyThere({ what, where: path, exitCode: exitCodes.unavailable }));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      terms.signal?.removeEventListener('abort', abort);
      if (answer !== undefined) resolve({ ...answer, peerUid: peer?.uid });
      else fail('it ended before it had answered');
    });
  });
}

/** Puts pieces together: to the answer, or to why there is none; undefined while more must come. */
function reader(path: string, { command }: OperatorRequest, terms: AskTerms) {
  const most = command === 'hello' ? HELLO_CHARACTERS_MAX : ANSWER_CHARACTERS_MAX;
  let text = '';
  return (
    piece: string,
    peer: PeerCredentials | undefined,
  ): OperatorAnswer | string | undefined => {
    text += piece;
    if (text.length > most) return 'the answer has no end';
    const end = text.indexOf('\n');
    if (end === -1) return undefined;
    const answer = readAnswer(text.slice(0, end));
    if ('wrong' in answer) {
      return `what answers there is not Reeve, or another version of it: ${answer.wrong} is wrong`;
    }
    const { instance } = answer;
    const refusal = peerRefusal((terms.facts ?? peerFacts)(peer, path), instance.pid);
    if (refusal !== undefined) return refusal;
    const isSeen = peer !== undefined && peer.pid > 0;
    return { ...answer, instance: { ...instance, pid: isSeen ? peer.pid : instance.pid } };
  };
}

function silence(limitMs: number): string {
  const seconds = limitMs / 1000;
  return `no answer in ${seconds} s: its master is stopped or hangs; its log may say more`;
}

function reasonOf(error: Error): [what: string, exitCode: number] {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return ['not permitted; ask as root or as the user of the daemon', exitCodes.noPermission];
  }
  const isFull = code === 'EAGAIN';
  return [isFull ? 'its queue of connections is full' : error.message, exitCodes.unavailable];
}
