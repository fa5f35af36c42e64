/** A worker that does what the test says: the other end of the channel. */

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

import { openPipe } from '../../../src/base/libc.ts';
import {
  CHANNEL_VERSION,
  FLAG_HAS_BODY,
  FLAG_SENT_AHEAD,
  FrameReader,
  decodeStrings,
  encodeFrame,
  encodeStringsFrame,
  frameTypes,
} from '../../../src/protocol/request-frames.ts';
import {
  answerFrame,
  endFrame,
  headFrame,
  sentHead,
  responseFrame,
} from '../../support/response-frames.ts';

/** Up to here the shim sends a response in one frame. */
const WHOLE_MAX_BYTES = 64 * 1024;

/** A request as a worker gets it. */
export interface Received {
  readonly thread: number;
  readonly strings: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly isAhead: boolean;
  body: Buffer;
  isComplete: boolean;
  isCancelled: boolean;
}

export class FakeWorker {
  readonly requests: Received[] = [];
  readonly pid: number;
  /** What the gateway said of each FILE. */
  readonly files: ('taken' | 'stream-it')[] = [];
  /** The numbers of the signals that it was to handle; the test says `end`. */
  readonly signals: number[] = [];
  readonly drained = new Set<number>();
  readonly reopened = new Set<number>();
  readonly ended = new Set<number>();
  readonly sockets: Socket[] = [];
  /** By thread: the read end of its claim pipe. */
  readonly #claims = new Map<number, number>();
  /** Called for each request once it is complete; unset: the test answers. */
  serve: ((request: Received, worker: FakeWorker) => void) | undefined;

  constructor(
    channel: string,
    hello: {
      generation: number;
      slot: number;
      token: string;
      threads: number;
      reads?: boolean;
      pid?: number | undefined;
      /** Of the channel; unless given, that of the gateway. */
      version?: string;
      /** It can be sent requests ahead; or names as its pipe what is none. */
      claims?: 'pipe' | 'no-pipe' | 'none';
    },
  ) {
    this.pid = hello.pid ?? (hello.claims === 'pipe' ? process.pid : 4242);
    for (let thread = 0; thread < hello.threads; thread += 1) {
      const socket = connect({ path: `\0${channel}` });
      this.sockets.push(socket);
      if (hello.reads === false) socket.pause();
      const reader = new FrameReader((type, payload, isLast, flags) =>
        this.#take(thread, type, payload, flags, isLast),
      );
      socket.on('data', (bytes) => reader.push(bytes));
      socket.on('error', () => undefined);
      socket.on('close', () => this.ended.add(thread));
      const { token, generation, slot } = hello;
      const claims = hello.claims === 'pipe' ? [this.#openClaims(thread)] : [];
      if (hello.claims === 'no-pipe') claims.push(0);
      const identity = [token, generation, slot, thread, this.pid, ...claims].map(String);
      const version = hello.version ?? CHANNEL_VERSION;
      socket.write(encodeStringsFrame(frameTypes.hello, [version, ...identity]));
    }
  }

  /** Takes a request that was sent ahead; false when the gateway has taken it back. */
  claim(thread: number): boolean {
    try {
      return readSync(this.#claims.get(thread) ?? -1, Buffer.alloc(1)) === 1;
    } catch {
      return false; // EAGAIN: the pipe is empty.
    }
  }

  skip(thread: number): void {
    this.sockets[thread]?.write(encodeFrame(frameTypes.skipped, Buffer.alloc(0)));
  }

  #openClaims(thread: number): number {
    const { readFd, writeFd } = openPipe();
    closeSync(writeFd);
    const { O_RDONLY, O_NONBLOCK } = constants;
    const fd = openSync(`/proc/self/fd/${readFd}`, O_RDONLY | O_NONBLOCK);
    closeSync(readFd);
    this.#claims.set(thread, fd);
    return fd;
  }

  head(thread: number, status: string, ...headers: string[]): void {
    this.sockets[thread]?.write(headFrame(status, ...headers));
  }

  data(thread: number, bytes: string | Buffer): void {
    this.sockets[thread]?.write(encodeFrame(frameTypes.data, Buffer.from(bytes)));
  }

  limit(thread: number, milliseconds: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(milliseconds);
    this.sockets[thread]?.write(encodeFrame(frameTypes.limit, payload));
  }

  /** A head, and a part of a file that this process has open: in one write, as the shim does. */
  file(
    thread: number,
    part: { descriptor: number; start: number; length: number },
    headers: readonly string[] = [],
  ): void {
    const payload = Buffer.alloc(24);
    payload.writeUInt32LE(part.descriptor, 0);
    payload.writeBigUInt64LE(BigInt(part.start), 8);
    payload.writeBigUInt64LE(BigInt(part.length), 16);
    const head = headFrame('200 OK', ...headers);
    this.sockets[thread]?.write(Buffer.concat([head, encodeFrame(frameTypes.file, payload)]));
  }

  end(thread: number, outcome = 0): void {
    this.sockets[thread]?.write(endFrame({ outcome, micros: 1500 }));
  }

  /** A head and a failure, in one write. */
  failAfterHead(thread: number): void {
    const frames = [headFrame('200 OK'), endFrame({ outcome: 1 })];
    this.sockets[thread]?.write(Buffer.concat(frames));
  }

  /** A whole answer in one write, and in one frame where the shim does so. */
  answer(thread: number, body: string | Buffer, status = '200 OK', ...headers: string[]): void {
    const bytes = Buffer.from(body);
    if (bytes.length <= WHOLE_MAX_BYTES) {
      return this.write(thread, answerFrame(sentHead(status, ...headers), bytes));
    }
    const data = encodeFrame(frameTypes.data, bytes);
    this.write(thread, Buffer.concat([headFrame(status, ...headers), data, endFrame()]));
  }

  /** A whole response; the application still runs. */
  respond(thread: number, body: string, status = '200 OK', ...headers: string[]): void {
    this.write(thread, responseFrame(sentHead(status, ...headers), Buffer.from(body)));
  }

  /** Bytes as they are. */
  write(thread: number, bytes: Buffer): void {
    this.sockets[thread]?.write(bytes);
  }

  destroy(): void {
    for (const socket of this.sockets) socket.destroy();
    for (const fd of this.#claims.values()) closeSync(fd);
    this.#claims.clear();
  }

  #take(thread: number, type: number, payload: Buffer, flags: number, isLast: boolean): void {
    const current = this.requests.findLast((request) => request.thread === thread);
    if (type === frameTypes.request) {
      const strings = decodeStrings(type, payload);
      const variables: Record<string, string> = {};
      for (let at = 1; at < strings.length; at += 2) {
        variables[strings[at] ?? ''] = strings[at + 1] ?? '';
      }
      const body = Buffer.alloc(0);
      const request = {
        thread,
        strings,
        variables,
        body,
        isAhead: (flags & FLAG_SENT_AHEAD) !== 0,
        isComplete: (flags & FLAG_HAS_BODY) === 0,
        isCancelled: false,
      };
      this.requests.push(request);
      if (request.isComplete) this.serve?.(request, this);
    } else if (type === frameTypes.body && current !== undefined) {
      current.body = Buffer.concat([current.body, payload]);
    } else if (type === frameTypes.bodyEnd && current !== undefined && isLast) {
      current.isComplete = true;
      this.serve?.(current, this);
    } else if (type === frameTypes.fileTaken) {
      this.files.push(payload[0] === 0 ? 'taken' : 'stream-it');
    } else if (type === frameTypes.signal) {
      this.signals.push(payload[0] ?? -1);
    } else if (type === frameTypes.drain) {
      this.drained.add(thread);
    } else if (type === frameTypes.reopenLog) {
      this.reopened.add(thread);
    } else if (type === frameTypes.cancel && current !== undefined) {
      current.isCancelled = true;
    }
  }
}
