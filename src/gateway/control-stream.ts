/**
 * The stream to the master: JSON objects, one a line.
 */

import { Socket } from 'node:net';

import type { FromGateway, ToGateway } from '../protocol/control-messages.ts';

export class ControlStream {
  readonly #socket: Socket;
  #text = '';

  /** Reads messages from descriptor `fd`; `ended` is called when the master has closed it. */
  constructor(fd: number, take: (message: ToGateway) => void, ended: () => void) {
    this.#socket = new Socket({ fd, readable: true, writable: true });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => this.#read(text, take));
    this.#socket.on('end', ended);
    this.#socket.on('error', ended);
  }

  tell(message: FromGateway): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #read(text: string, take: (message: ToGateway) => void): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(JSON.parse(line));
  }
}
