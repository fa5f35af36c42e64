/** Where messages go: to a unix socket or by UDP, as they are or for syslog; and to the journal. */
import { closeSync } from 'node:fs';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

import type { Clocks } from '../../base/clock.ts';
import { connectDatagrams, sendDatagram } from '../../base/sockets/datagrams.ts';
import { SystemCallError } from '../../base/libc.ts';
import type { JournalField } from '../../systemd/journal-entry.ts';
import { openJournal } from '../../systemd/journal.ts';
import { timeFormatter } from '../log-times.ts';
import type { Receiver, Target } from '../loggers/target.ts';
import type { MessageOutcome, MessageOutlet } from './message-target.ts';

/** Sends datagrams, at once or not at all. */
type Send = (bytes: Buffer) => MessageOutcome;

export interface OutletParts {
  readonly clocks: Clocks;
  readonly hostname: string;
  /** The application's name, for the journal. */
  readonly app: string;
  readonly packetBytes: number;
}

const SYSLOG_SOCKET = '/dev/log';
/** Of syslog at /dev/log: receivers take as much at least (RFC 5425 asks for 8192). */
const SYSLOG_BYTES = 8_192;
/** Of rsyslog's packets uWSGI leaves so many bytes to what stands before the message. */
const HEAD_BYTES = 30;
/** No datagram by UDP is larger. */
const SOCKET_BYTES = 60_000;
/** UDP messages that Node may hold. */
const UNSENT_MAX = 256;
const LOOK_UP_AGAIN_MS = 5_000;
const NEWLINE = 10;

/** The outlet of a logger that takes messages. */
export function messageOutlet(
  target: Extract<Target, { kind: 'syslog' | 'rsyslog' | 'socket' | 'journal' }>,
  parts: OutletParts,
): MessageOutlet {
  switch (target.kind) {
    case 'syslog': {
      const send = sender({ kind: 'path', path: SYSLOG_SOCKET }, parts.clocks);
      const head = syslogHead(target.priority, target.ident, parts.clocks);
      return inPieces(send, head, { maxBytes: SYSLOG_BYTES, end: 'no-newline' });
    }
    case 'rsyslog': {
      const send = sender(target.to, parts.clocks);
      const ident = target.ident === '' ? `${parts.hostname} uwsgi` : target.ident;
      const head = syslogHead(target.priority, ident, parts.clocks);
      const maxBytes = parts.packetBytes - HEAD_BYTES;
      return inPieces(send, head, { maxBytes, end: 'no-newline' });
    }
    case 'socket': {
      const send = sender(target.to, parts.clocks);
      const prefix = Buffer.from(target.prefix);
      return inPieces(send, () => prefix, { maxBytes: SOCKET_BYTES, end: 'newline' });
    }
    case 'journal':
      return journalOutlet(target.ident === '' ? parts.app : target.ident);
    default:
      throw new Error(`believed that every target is known, got ${JSON.stringify(target)}`);
  }
}

/** "<30>Nov 29 10:00:00 app: ", as syslog(3) writes it. */
function syslogHead(priority: number, ident: string, clocks: Clocks): () => Buffer {
  const time = timeFormatter('%b %e %H:%M:%S');
  return () => Buffer.from(`<${priority}>${time(new Date(clocks.dateMs()))} ${ident}: `);
}

/** A line that is too long is sent in several messages: none is cut. */
export function inPieces(
  send: Send,
  head: () => Buffer,
  { maxBytes, end: ending }: { readonly maxBytes: number; readonly end: 'newline' | 'no-newline' },
): MessageOutlet {
  /** Of a line that has been sent in part, before there was no room. */
  let sentBytes = 0;
  const sendLine: Send = (line) => {
    const isCut = ending === 'no-newline' && line[line.length - 1] === NEWLINE;
    const end = isCut ? line.length - 1 : line.length;
    do {
      const piece = line.subarray(sentBytes, Math.min(end, sentBytes + maxBytes));
      const outcome = send(Buffer.concat([head(), piece]));
      if (outcome !== 'sent') return outcome;
      sentBytes += piece.length;
    } while (sentBytes < end);
    sentBytes = 0;
    return 'sent';
  };
  return { send: sendLine, isHalfSent: () => sentBytes > 0 };
}

function sender(to: Receiver, clocks: Clocks): Send {
  return to.kind === 'path' ? unixSender(to.path) : udpSender(to, clocks);
}

function unixSender(path: string): Send {
  const address = path.startsWith('@')
    ? ({ kind: 'abstract', name: path.slice(1) } as const)
    : ({ kind: 'path', name: path } as const);
  let fd: number | undefined;
  return (bytes) => {
    try {
      fd ??= connectDatagrams(address);
    } catch (error) {
      if (error instanceof SystemCallError) return 'gone';
      throw error;
    }
    const outcome = sendDatagram(fd, bytes);
    // What no receiver has room for, ever, must not hold up the rest.
    if (outcome === 'too-long') return 'sent';
    if (outcome === 'gone') {
      closeSync(fd);
      fd = undefined;
    }
    return outcome;
  };
}

/** The name is looked up when it is first needed, and again when that fails. */
function udpSender({ host, port }: Extract<Receiver, { kind: 'udp' }>, clocks: Clocks): Send {
  let socket: Socket | undefined;
  let isConnected = false;
  let unsent = 0;
  let lookUpAtMs = -Infinity;
  const open = (): void => {
    lookUpAtMs = clocks.now() + LOOK_UP_AGAIN_MS;
    const opened = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket = opened;
    const failed = (): void => {
      // Nobody listens there (ICMP), which concerns messages that were sent before; or no name.
      if (isConnected || socket !== opened) return;
      socket = undefined;
      opened.close();
    };
    opened.on('error', failed);
    opened.on('connect', () => {
      isConnected = true;
    });
    opened.connect(port, host);
  };
  return (bytes) => {
    if (socket === undefined && clocks.now() >= lookUpAtMs) open();
    if (socket === undefined) return 'gone';
    if (!isConnected || unsent >= UNSENT_MAX) return 'full';
    unsent += 1;
    socket.send(bytes, () => {
      unsent -= 1;
    });
    return 'sent';
  };
}

const ourLine = /^.{0,64}? ?(?:master|http \d+|python) (debug|info|warn|error) [a-z-]+\.[a-z-]+/;
const jsonLevel = /^\{"level":"(debug|info|warn|error)"/;
const priorities: Readonly<Record<string, string>> = { debug: '7', warn: '4', error: '3' };

/** An entry for each line; the priority is that of our own lines, else "info" as in uWSGI. */
function journalOutlet(ident: string): MessageOutlet {
  const journal = openJournal();
  return {
    send(line) {
      const text = line.toString('latin1').replace(/\n$/, '');
      const level = (jsonLevel.exec(text) ?? ourLine.exec(text))?.[1] ?? '';
      const fields: readonly JournalField[] = [
        { name: 'PRIORITY', value: priorities[level] ?? '6' },
        { name: 'SYSLOG_IDENTIFIER', value: ident },
        { name: 'MESSAGE', value: text, isBytes: true },
      ];
      return journal.send(fields, 0);
    },
    isHalfSent: () => false,
  };
}
