/** A client of the gateway that sends bytes and keeps what comes back. */

import { connect } from 'node:net';
import type { Socket } from 'node:net';

export class Client {
  readonly socket: Socket;
  text = '';
  hasEnded = false;
  error = '';

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (bytes) => (this.text += bytes.toString('latin1')));
    this.socket.on('end', () => {
      this.hasEnded = true;
      this.socket.end();
    });
    this.socket.on('error', (error) => {
      this.error = error.message;
      this.hasEnded = true;
    });
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }
}
