/** What the access log says of one exchange. */

import type { RequestRecord } from '../../log/request-record.ts';
import type { Exchange } from './exchange.ts';

/** As nginx says it: the client has closed the connection before its answer was complete. */
const CLIENT_GONE = 499;

/** How long a request has waited for a worker, in ms; 0 for one that needed none. */
export function waitedMs({ queuedAtMs, startedAtMs, connection }: Exchange): number {
  if (queuedAtMs === 0) return 0;
  return (connection === undefined ? performance.now() : startedAtMs) - queuedAtMs;
}

/** Returns the record of an exchange whose answer is decided. */
export function requestRecord(exchange: Exchange, totalRequests: number): RequestRecord {
  const { connection, writer, head } = exchange;
  const sinceMs = connection === undefined ? exchange.receivedAtMs : exchange.startedAtMs;
  return {
    method: exchange.method,
    uri: exchange.uri,
    protocol: exchange.protocol,
    status: exchange.isClientGone ? CLIENT_GONE : writer.status,
    address: exchange.address,
    variables: head.strings,
    variableCount: head.strings.length - 1,
    variableBytes: exchange.requestBytes,
    bodyBytes: writer.bodyBytes,
    headerCount: writer.headerCount,
    headerBytes: writer.headerBytes,
    durationMicros: Math.round((performance.now() - sinceMs) * 1000),
    waitMicros: Math.round(waitedMs(exchange) * 1000),
    queuedBehind: exchange.queuedBehind,
    finishedAt: new Date(),
    application: connection === undefined ? -1 : head.application,
    pid: connection === undefined ? process.pid : connection.worker.pid,
    worker: connection?.worker.slot ?? 0,
    generation: connection?.worker.generation ?? 0,
    thread: connection?.thread ?? 0,
    workerRequests: connection?.worker.taken ?? 0,
    totalRequests,
    residentBytes: exchange.residentBytes,
    get requestId() {
      return exchange.id;
    },
  };
}
