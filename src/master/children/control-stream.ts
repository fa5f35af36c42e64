/**
 * JSON objects, one a line, over the stream between the master and a child.
 *
 * Both directions are bounded: a child that writes without a newline, or never reads, costs the
 * master no memory. Its supervisor notices on other grounds that it is of no use.
 */
import type { Duplex } from 'node:stream';

export interface ControlMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ControlStream {
  /** Sends one message; dropped when the other side has gone, or has stopped reading. */
  readonly send: (message: object) => void;
  readonly close: () => void;
}

export interface ControlHandlers {
  readonly onMessage: (message: ControlMessage) => void;
  readonly onProblem: (sentence: string) => void;
}

const LINE_BYTES_MAX = 1_048_576;
const UNREAD_BYTES_MAX = 16_777_216;
const NEWLINE = 0x0a;

/** Takes over a connected stream: reads messages from it until it ends. */
export function connectControl(stream: Duplex, handlers: ControlHandlers): ControlStream {
  let isStuck = false;
  // The end of a child is reported by its parent; a broken pipe is only the shadow of it.
  stream.on('error', () => stream.destroy());
  stream.on('data', lineReader(handlers));
  return {
    send(message) {
      if (stream.destroyed || !stream.writable) return;
      if (stream.writableLength <= UNREAD_BYTES_MAX) stream.write(`${JSON.stringify(message)}\n`);
      else if (!isStuck) {
        isStuck = true;
        handlers.onProblem('reads nothing from its control stream; messages to it are dropped');
      }
    },
    close: () => stream.destroy(),
  };
}

/** Cuts a stream of bytes into lines, and each line into a message. */
function lineReader(handlers: ControlHandlers): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let length = 0;
  let isSkipping = false;

  const take = (part: Buffer): void => {
    length += part.length;
    if (length <= LINE_BYTES_MAX) parts.push(part);
    else if (!isSkipping) {
      isSkipping = true;
      parts = [];
      handlers.onProblem(`sent a line longer than ${LINE_BYTES_MAX} bytes; it is skipped`);
    }
  };
  return (chunk) => {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, to));
      from = to + 1;
      const line = Buffer.concat(parts);
      const isWhole = !isSkipping;
      [parts, length, isSkipping] = [[], 0, false];
      if (isWhole) deliver(line, handlers);
    }
    take(chunk.subarray(from));
  };
}

function deliver(line: Buffer, handlers: ControlHandlers): void {
  const message = parseMessage(line);
  if (message !== undefined) handlers.onMessage(message);
  else handlers.onProblem(`sent a line that is no message: ${line.toString().slice(0, 200)}`);
}

function parseMessage(line: Buffer): ControlMessage | undefined {
  try {
    const value: unknown = JSON.parse(line.toString());
    return isMessage(value) ? value : undefined;
  } catch {
    // Not JSON: the caller reports it, with the line.
    return undefined;
  }
}

function isMessage(value: unknown): value is ControlMessage {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
  );
}
