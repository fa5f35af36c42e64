/**
 * A connection to a server of Redis or Valkey, for the few questions of `reeve jobs`. Its protocol
 * (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/) is small; the application
 * uses a library of its own.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { StoreAddress } from '../../tables/shared/store-address.ts';
import { readReply, type Reply } from './resp.ts';

const LIMIT_MS = 10_000;
const PORT = 6379;

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** Speaks to one server; each question waits for its answer. */
export class RedisClient {
  readonly #address: StoreAddress;
  readonly #shown: string;
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #bytes = Buffer.alloc(0);

  /** `shown`: how people know it. */
  constructor(address: StoreAddress, shown: string) {
    this.#address = address;
    this.#shown = shown;
    this.#socket = opened(address);
    this.#socket.on('timeout', () => this.#fail(`no answer in ${LIMIT_MS / 1000} s`));
    this.#socket.on('data', (piece: Buffer) => this.#read(piece));
    this.#socket.on('error', (error) => this.#fail(error.message));
    this.#socket.on('close', () => this.#fail('it has closed the connection'));
  }

  /** Says who asks, and chooses the database. Throws OperatorError. */
  async begin(): Promise<void> {
    const { user, password, database } = this.#address;
    if (password !== '') await this.ask('AUTH', ...(user === '' ? [] : [user]), password);
    if (database !== '' && database !== '0') await this.ask('SELECT', database);
  }

  /** Asks, and returns the answer. Throws OperatorError where there is none, or it is an error. */
  async ask(...words: readonly (string | number | Uint8Array)[]): Promise<Reply> {
    const parts = words.map((word) => {
      return word instanceof Uint8Array ? Buffer.from(word) : Buffer.from(String(word));
    });
    const line = (text: string): Buffer => Buffer.from(`${text}\r\n`);
    const bulks = parts.flatMap((part) => [line(`$${part.length}`), part, line('')]);
    this.#socket.write(Buffer.concat([line(`*${parts.length}`), ...bulks]));
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    if (reply instanceof Error) throw this.#error(reply.message);
    return reply;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(piece: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    for (;;) {
      const read = readReply(this.#bytes, 0);
      if (read === 'incomplete') return;
      if (read === 'broken') return this.#fail('it speaks another protocol');
      this.#bytes = this.#bytes.subarray(read.end);
      this.#waiting.shift()?.resolve(read.reply);
    }
  }

  #fail(reason: string): void {
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#error(reason));
  }

  #error(reason: string): OperatorError {
    return new OperatorError({
      what: `${this.#shown} cannot be asked for its tasks: ${reason}`,
      exitCode: exitCodes.unavailable,
    });
  }
}

function opened({ scheme, host, port: given, path }: StoreAddress): Socket {
  const timeout = LIMIT_MS;
  if (scheme === 'unix') return connect({ path, timeout });
  const port = given === 0 ? PORT : given;
  const isTls = scheme === 'rediss' || scheme === 'valkeys';
  return isTls
    ? connectTls({ host, port, servername: host, timeout })
    : connect({ host, port, timeout });
}
