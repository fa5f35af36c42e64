/** The connection of a client, as an exchange sees it; what is sent is kept as text. */

import type { Client, ClientTerms, Turn } from '../../src/gateway/client/turn.ts';

export class FakeClient implements Client {
  readonly peer = { address: '192.0.2.1', port: 4711, isNamed: false, isBelieved: false };
  readonly terms: ClientTerms;
  /** All that was sent, latin-1. */
  text = '';
  /** What follows the answer; '' until it has ended. */
  next: 'keep' | 'close' | '' = '';
  /** How the exchange has ended the connection; '' if it has not. */
  wasCut: 'end' | 'reset' | '' = '';
  isOpen = true;
  waitingBytes = 0;
  /** Bytes wait here until `take`, as those of a client that reads nothing. */
  isSlow = false;
  #taken: (() => void)[] = [];

  constructor(terms: Partial<ClientTerms> = {}) {
    this.terms = { protocol: 'http', keepsAlive: true, keepAliveHint: '', ...terms };
  }

  get needsDrain(): boolean {
    return this.isSlow && this.waitingBytes > 0;
  }

  write(data: string | Buffer, taken?: () => void): void {
    if (!this.isOpen) throw new Error('something was sent to a client that has gone');
    if (this.next !== '') throw new Error('something was sent behind the end of an answer');
    this.text += typeof data === 'string' ? data : data.toString('latin1');
    if (this.isSlow) this.waitingBytes += data.length;
    if (taken !== undefined) this.#taken.push(taken);
    if (!this.isSlow) this.take();
  }

  finish(text: string, next: 'keep' | 'close'): void {
    if (text !== '') this.write(text);
    this.next = next;
  }

  cut(how: 'end' | 'reset'): void {
    this.wasCut = how;
    this.isOpen = false;
  }

  /** The kernel takes what waits. */
  take(turn?: Pick<Turn, 'drained'>): void {
    this.waitingBytes = 0;
    const taken = this.#taken;
    this.#taken = [];
    for (const call of taken) call();
    turn?.drained();
  }

  /** The status line and body of the answer, without its headers. */
  get answer(): string {
    const end = this.text.indexOf('\r\n\r\n');
    const [line] = this.text.split('\r\n', 1);
    return end < 0 ? this.text : `${line} | ${this.text.slice(end + 4)}`;
  }

  /** The value of a header that was sent. */
  header(name: string): string | undefined {
    const line = this.text.split('\r\n').find((each) => each.startsWith(`${name}: `));
    return line?.slice(name.length + 2);
  }
}
