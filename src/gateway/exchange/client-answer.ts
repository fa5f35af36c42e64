/** A request with its answer: how it is written, and what an operator should know of it. */

import { ClientRequest } from './request.ts';
import type { RequestParts } from './request.ts';
import type { ExchangeHost } from './exchange-host.ts';
import type { FilePart } from '../files/open-file.ts';
import type { SlotView, TellWorker } from '../dispatch/port.ts';
import { openOffered } from '../files/offered.ts';
import type { OfferedFile } from '../../protocol/file-frames.ts';
import type { BacklogLimits } from './backlog.ts';
import type { OutletOwner } from './response-outlet.ts';
import { ResponseWriter } from './response.ts';

export class ClientAnswer extends ClientRequest implements OutletOwner {
  protected readonly host: ExchangeHost;
  readonly writer: ResponseWriter;
  isClientGone = false;
  /** Where it runs or ran; undefined when no worker was asked. */
  connection: SlotView | undefined;
  residentBytes = 0;
  /** The size of the variables that were sent, in bytes. */
  requestBytes = 0;

  constructor(parts: RequestParts, host: ExchangeHost) {
    super(parts);
    this.host = host;
    this.writer = new ResponseWriter(parts.response, this.method, this);
  }

  get limits(): BacklogLimits {
    return this.host.responseLimits;
  }

  get takesNamedFiles(): boolean {
    return this.host.takesNamedFiles;
  }

  notStored(problem: string): void {
    this.host.notStored(problem);
  }

  lost(problem: string): void {
    this.host.complain(this, 'response.cut', `the rest of the answer cannot be sent: ${problem}`);
    this.writer.cut();
  }

  /** Opens a file that the worker offers as the body; `use` gets it, or undefined. */
  protected takeOffered(
    offered: OfferedFile,
    tellWorker: TellWorker,
    use: (part: FilePart | undefined) => void,
  ): void {
    if (!this.writer.hasBody) return tellWorker('taken');
    if (!this.writer.mayBeFile(offered.lengthBytes)) return tellWorker('stream-it');
    this.writer.isFileAwaited = true;
    openOffered(offered, (part) => {
      this.writer.isFileAwaited = false;
      tellWorker(part === undefined ? 'stream-it' : 'taken');
      use(part);
    });
  }

  /** More waits for the client than may: the worker goes on when there is room. */
  protected holdBack(): 'hold-back' {
    this.writer.whenRoom(() => {
      // The slot may have the next request by now.
      const running: unknown = this.connection?.job;
      if (running === this) this.connection?.goOn();
    });
    return 'hold-back';
  }

  protected closeWhenDraining(): void {
    if (this.host.isDraining) this.response.shouldKeepAlive = false;
  }
}
