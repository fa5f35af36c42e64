/**
 * How the bytes of a body reach a client: at once while it keeps up, else through what waits for
 * it; or from a file.
 */

import type { GatewayResponse } from '../client/gateway-response.ts';

import { FileSender } from './file-sender.ts';
import type { FilePart } from '../files/open-file.ts';
import { ResponseBacklog } from './backlog.ts';
import type { BacklogEvents, BacklogLimits } from './backlog.ts';

/** Whose response it is. */
export interface OutletOwner extends BacklogEvents {
  readonly limits: BacklogLimits;
  /** A file that the application names in a header is sent by us. */
  readonly takesNamedFiles: boolean;
}

export class ResponseOutlet {
  isHeadSent = false;
  /** What the access log says. */
  status = 0;
  bodyBytes = 0;
  headerCount = 0;
  headerBytes = 0;
  protected readonly response: GatewayResponse;
  protected readonly owner: OutletOwner;
  /** Only once something had to wait; most responses have none. */
  #backlog: ResponseBacklog | undefined;
  #sender: FileSender | undefined;

  constructor(response: GatewayResponse, owner: OutletOwner) {
    this.response = response;
    this.owner = owner;
  }

  /** True while more waits for the client than may. */
  get isFull(): boolean {
    return this.#backlog?.isFull ?? false;
  }

  /** Calls `proceed` once, when more may come. */
  whenRoom(proceed: () => void): void {
    this.#backlog?.whenRoom(proceed);
  }

  /** Gives back what is held for the client. */
  close(): void {
    this.#backlog?.close();
    this.#sender?.close();
  }

  /** The rest comes from a file, whatever the worker does. */
  protected get isSendingFile(): boolean {
    return this.#sender !== undefined;
  }

  /** Nothing waits for the client that was written for it. */
  protected get isAllTaken(): boolean {
    const isDirect = this.#backlog === undefined && this.#sender === undefined;
    return isDirect && this.response.writableLength === 0;
  }

  protected send(bytes: Buffer): void {
    if (this.#backlog === undefined) {
      const { writableLength } = this.response;
      if (
        writableLength === 0 ||
        writableLength + bytes.length <= this.owner.limits.memoryMaxBytes
      ) {
        return void this.response.write(bytes);
      }
      this.#backlog = new ResponseBacklog(this.response, this.owner.limits, this.owner);
    }
    this.#backlog.take(bytes);
  }

  protected sendFile(part: FilePart): void {
    this.#sender = new FileSender(this.response, part, (problem) => this.owner.lost(problem));
  }

  /** Ends the response behind all that waits. */
  protected endAfterAll(): void {
    if (this.#backlog === undefined) this.response.end();
    else this.#backlog.end();
  }
}
