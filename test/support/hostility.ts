/** What a server on the internet has to bear, each with how it is done: test and measurement. */

import type { Crowd } from './hostile-crowd.ts';

export interface Hostility {
  readonly what: string;
  /** Begins; what goes on goes on until the crowd is disposed of. */
  readonly begin: (crowd: Crowd, scale: number) => Promise<void>;
}

const upload = 'POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n';

/** `scale` 1 is the full size. */
export const hostilities: readonly Hostility[] = [
  {
    what: '2000 idle connections',
    begin: (crowd, scale) => crowd.open(2000 * scale),
  },
  {
    what: '2000 connections that rest after a request',
    begin: (crowd, scale) =>
      crowd.open(2000 * scale, (socket) => {
        socket.resume();
        socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
      }),
  },
  {
    what: '1000 clients that send a head a byte a second',
    async begin(crowd, scale) {
      await crowd.open(1000 * scale, (socket) => socket.write('GET / HTTP/1.1\r\nX: '));
      crowd.every(1000, (socket) => socket.write('x'));
    },
  },
  {
    what: '500 clients that send a body a byte a second',
    async begin(crowd, scale) {
      await crowd.open(500 * scale, (socket) => socket.write(upload));
      crowd.every(1000, (socket) => socket.write('x'));
    },
  },
  {
    what: '100 clients that never read the 1 MB that they asked for',
    begin: (crowd, scale) =>
      crowd.open(100 * scale, (socket) => {
        socket.pause();
        socket.write('GET /much HTTP/1.1\r\nHost: h\r\n\r\n');
      }),
  },
  {
    what: 'a burst of ten times the queue',
    begin: (crowd, scale) =>
      crowd.open(1000 * scale, (socket) => {
        socket.resume();
        socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
      }),
  },
  {
    what: '200 clients that send what is no HTTP',
    async begin(crowd, scale) {
      await crowd.open(200 * scale, (socket) => socket.write('\0\xff\r\nnonsense'));
      crowd.every(500, (socket) => socket.write('GET GET GET\r\n\r\n'));
    },
  },
];
