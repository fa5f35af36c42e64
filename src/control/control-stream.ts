/**
 * The stream of a child to its master: JSON objects, one a line.
 *
 * Both ends come from one installation, so what arrives has the shape that the sender's types say.
 */

import { Socket } from 'node:net';

export class ControlStream<FromMaster, ToMaster> {
  readonly #socket: Socket;
  #text = '';

  /** Reads messages from descriptor `fd`; `ended` is called when the master has closed it. */
  constructor(fd: number, take: (message: FromMaster) => void, ended: () => void) {
    this.#socket = new Socket({ fd, readable: true, writable: true });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => this.#read(text, take));
    this.#socket.on('end', ended);
    this.#socket.on('error', ended);
  }

  tell(message: ToMaster): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #read(text: string, take: (message: FromMaster) => void): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(JSON.parse(line));
  }
}
