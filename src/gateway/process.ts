/**
 * The gateway process: speaks HTTP, runs no application code.
 *
 * The master gives it a control stream, a lifeline and its listeners as descriptors; the first
 * message holds the settings. Signals mean nothing to it: a Ctrl-C that reaches the whole terminal
 * must not cost the requests that are running, so it listens to the master alone.
 */
import { constants as system } from 'node:os';
import { setFlagsFromString } from 'node:v8';

import { createClocks } from '../base/clock.ts';
import { armLifeline, ignoreSignal, setComm, SystemCallError } from '../base/libc.ts';
import { waitForTurn } from '../base/scheduling.ts';
import { startThreadPool } from '../base/threads.ts';
import { ControlStream } from '../control/control-stream.ts';
import { createAccessLog, type AccessLogSettings } from '../log/access-log.ts';
import { CLF } from '../log/log-times.ts';
import { createLogger, levelNamed } from '../log/logger.ts';
import type { Logger } from '../log/logger.ts';
import type { RequestRecord } from '../log/request-record.ts';
import { CONTROL_FD, EXIT_REFUSED, LIFELINE_FD } from '../protocol/control-messages.ts';
import type { FromGateway, GatewaySettings, ToGateway } from '../protocol/control-messages.ts';
import { Gateway } from './gateway.ts';
import { WorkerMemories } from './worker-memory.ts';

/** A bug of ours, in the language of exit codes. */
const EXIT_BUG = 70;
const STANDARD_ERROR = 2;

// Given on the command line, it would make V8 compile at each start what Node brings compiled.
setFlagsFromString('--heap-growing-percent=50');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// A file at its size limit (RLIMIT_FSIZE) is an error of that write, EFBIG, and no reason to die.
ignoreSignal(system.signals.SIGXFSZ);
armLifeline(LIFELINE_FD);
waitForTurn();

let gateway: Gateway | undefined;
const control = new ControlStream<ToGateway, FromGateway>(CONTROL_FD, take, () => process.exit(0));

function take(message: ToGateway): void {
  if (message.type === 'settings') start(message);
  else if (gateway !== undefined) gateway.take(message).catch(fail);
}

function start(settings: GatewaySettings): void {
  process.title = settings.title;
  setComm('reeve');
  const role = 'http 1';
  const { options, logFd: fd = STANDARD_ERROR } = settings;
  const journal = { app: settings.app, stream: process.env['JOURNAL_STREAM'] };
  const level = levelNamed(options['log-level']);
  const { 'log-json': json, 'log-date': date } = options;
  const log = createLogger({ role, fd, json, date, level, journal });
  process.on('uncaughtException', (error) => crash(log, error));
  const memories = new WorkerMemories(options['memory-report'] > 1 ? 'shares' : 'sizes');
  const memoryOf = (record: RequestRecord) => memories.of(record);
  const { requestLogFd = fd } = settings;
  const written = { settings: accessLogSettings(options), fd: requestLogFd, role, journal };
  gateway = new Gateway({
    settings,
    log,
    clocks: createClocks(),
    accessLog: createAccessLog({ ...written, memoryOf }),
    tellMaster: (message) => control.tell(message),
  });
  open(gateway).then(() => control.tell({ type: 'ready' }), fail);
}

/** What it needs is there before it serves: it then goes on where the system refuses threads. */
async function open(started: Gateway): Promise<void> {
  try {
    await startThreadPool(process.env);
  } catch (error) {
    if (error instanceof SystemCallError) process.exit(EXIT_REFUSED);
    throw error;
  }
  await started.start();
}

function accessLogSettings(options: GatewaySettings['options']): AccessLogSettings {
  return {
    enabled: !options['disable-logging'],
    format: options['log-format'],
    json: options['log-json'],
    only4xx: options['log-4xx'],
    only5xx: options['log-5xx'],
    slowMs: options['log-slow'],
    bigBytes: options['log-big'],
    zero: options['log-zero'],
    fromFile: options['log-sendfile'],
    clientGone: options['log-ioerror'],
    xForwardedFor: options['log-x-forwarded-for'],
    timeFormat: ftimeFormat(options),
    memoryReport: options['memory-report'],
    hosts: options.vhost,
    micros: options['log-micros'],
  };
}

/** Of %(ftime): that of log-date, where it has one and it is meant for it. */
function ftimeFormat(options: GatewaySettings['options']): string {
  const { 'log-date': date, 'logformat-strftime': isForIt } = options;
  return isForIt && date !== '' && date !== 'true' ? date : CLF;
}

/** A failed promise is a bug or a system that refuses us: both end the process. */
function fail(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

function crash(log: Logger, error: Error): never {
  log.error('gateway.crashed', { message: error.message }, error.stack ?? error.message);
  log.settle();
  process.exit(EXIT_BUG);
}
