/**
 * The control socket: takes one request a connection, and answers it.
 *
 * Root and the daemon's own user may ask, if they can open the socket's file. Requests, clients and
 * waiting are bounded, so that a client that hangs, or writes without end, does no harm.
 */
import type { Socket } from 'node:net';

import { peerOf } from '../../base/sockets/peer-credentials.ts';
import { readRequest } from '../../protocol/operator-messages.ts';
import type { OperatorAnswer, OperatorRequest } from '../../protocol/operator-messages.ts';
import { CLIENT_MS, LocalServer, type LocalServerParts } from '../monitoring/local-server.ts';

export interface Asker {
  readonly request: OperatorRequest;
  /** For the log: "reeve reload (pid 4711, uid 0)". */
  readonly who: string;
  /** Answers, and ends the connection unless told to keep it. */
  readonly answer: (answer: OperatorAnswer, then?: 'close' | 'keep') => void;
}

export interface ControlSocketParts extends LocalServerParts {
  readonly onRequest: (asker: Asker) => void;
}

const CLIENTS_MAX = 64;
const REQUEST_CHARACTERS_MAX = 65_536;

export class ControlSocket {
  readonly #parts: ControlSocketParts;
  readonly #server: LocalServer;
  /** Those that have not asked yet, the oldest first. */
  readonly #silent = new Set<Socket>();

  constructor(parts: ControlSocketParts) {
    this.#parts = parts;
    this.#server = new LocalServer(parts, (socket) => this.#welcome(socket));
  }

  /** Ends every connection: commands that wait for the end of the daemon see it that way. */
  close(): void {
    this.#server.close();
  }

  #welcome(socket: Socket): void {
    const peer = peerOf(socket);
    const isAllowed = peer === undefined || peer.uid === 0 || peer.uid === process.getuid?.();
    if (!isAllowed) {
      socket.destroy();
      return;
    }
    if (this.#server.sockets.size >= CLIENTS_MAX) {
      // The oldest that has not asked makes room; one that waits for an answer does not.
      const [oldest = socket] = this.#silent;
      this.#server.drop(oldest);
      this.#silent.delete(oldest);
      if (oldest === socket) return;
    }
    const stopWaiting = this.#server.keep(socket);
    this.#silent.add(socket);
    socket.on('close', () => this.#silent.delete(socket));
    socket.setEncoding('utf8');
    const who = peer === undefined ? '' : ` (pid ${peer.pid}, uid ${peer.uid})`;
    let text = '';
    socket.on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end === -1 && text.length <= REQUEST_CHARACTERS_MAX) return;
      socket.removeAllListeners('data').resume();
      stopWaiting();
      this.#silent.delete(socket);
      const request = end === -1 ? undefined : parse(text.slice(0, end));
      if (request === undefined) socket.destroy();
      else this.#take(socket, request, `reeve ${request.command}${who}`);
    });
    socket.on('end', () => {
      if (!text.includes('\n')) socket.destroy();
    });
  }

  #take(socket: Socket, request: OperatorRequest, who: string): void {
    this.#parts.onRequest({
      request,
      who,
      answer: (answer, then = 'close') => {
        if (socket.destroyed) return;
        socket.write(`${JSON.stringify(answer)}\n`);
        if (then === 'keep') return;
        socket.end();
        this.#parts.timers.after(CLIENT_MS, () => socket.destroy());
      },
    });
  }
}

function parse(line: string): OperatorRequest | undefined {
  try {
    return readRequest(JSON.parse(line));
  } catch {
    // Not JSON: the client is no command of ours.
    return undefined;
  }
}
