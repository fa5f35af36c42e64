/**
 * PURE. What is done with the lines of the log: which loggers there are, which lines each gets, and
 * what is made of them before.
 */

import type { Settings } from '../../tables/options/options.ts';
import type { Written } from '../../tables/kinds.ts';
import { readEncoder, type EncoderText } from './encoders.ts';
import { readLogger, type Logger } from './target.ts';

/** Lines that match go to the loggers with this name, and to no other. */
export interface Route {
  readonly logger: string;
  readonly pattern: string;
}

/** One of the two streams: the lines of the server and the application, or those of requests. */
export interface StreamPlan {
  readonly loggers: readonly Logger[];
  readonly routes: readonly Route[];
  readonly encoders: readonly EncoderText[];
  /** Lines that match one of these are dropped; with `filters`, those that match none. */
  readonly drains: readonly string[];
  readonly filters: readonly string[];
}

export interface LogPlan {
  readonly server: StreamPlan;
  /** Undefined where request lines go with the others. */
  readonly requests: StreamPlan | undefined;
  /** For logto, and for files without a size of their own. */
  readonly maxBytes: number;
  /** Of logto; '' for the path with the time. */
  readonly backupName: string;
  /** Permissions of log files; undefined: 0640. */
  readonly fileMode: number | undefined;
  /** Of messages of rsyslog, in bytes. */
  readonly packetBytes: number;
}

/** `word rest of the pattern`, as `log-route` is written. */
export function readRoute(value: string): Route | undefined {
  const match = /^(\S+) (.*)$/s.exec(value);
  return match === null ? undefined : { logger: match[1] ?? '', pattern: match[2] ?? '' };
}

/** The plan of these settings; what cannot be used is left out, and reported by the rules. */
export function logPlanOf(settings: Settings): LogPlan {
  const requestLoggers = loggersIn(settings['req-logger']);
  const requestRoutes = routesIn(settings['log-req-route']);
  const requestEncoders = encodersIn(settings['log-req-encoder']);
  const loggers = serverLoggers(settings);
  const hasRequests = [requestLoggers, requestRoutes, requestEncoders].some(
    (all) => all.length > 0,
  );
  return {
    server: {
      loggers,
      routes: routesIn(settings['log-route']),
      encoders: encodersIn(settings['log-encoder']),
      drains: settings['log-drain'].map(({ text }) => text),
      filters: settings['log-filter'].map(({ text }) => text),
    },
    requests: hasRequests
      ? {
          // A route of requests finds the loggers of the server, too: uWSGI looks there alone.
          loggers: [...requestLoggers, ...loggers.filter(({ name }) => name !== '')],
          routes: requestRoutes,
          encoders: requestEncoders,
          drains: [],
          filters: [],
        }
      : undefined,
    maxBytes: settings['log-maxsize'],
    backupName: settings['log-backupname'],
    fileMode: settings['logfile-chmod'],
    packetBytes: settings['rsyslog-packet-size'],
  };
}

function serverLoggers(settings: Settings): readonly Logger[] {
  return loggersIn([
    ...settings.logger,
    ...settings['log-syslog'].map((each) => ({ ...each, text: `syslog:${each.text}` })),
    ...settings['log-socket'].map((each) => ({ ...each, text: `socket:${each.text}` })),
  ]);
}

/** Whether lines go through a process of their own: else each process writes its lines itself. */
export function needsWriter(plan: LogPlan, settings: Settings): boolean {
  const { server } = plan;
  const lists = [server.loggers, server.routes, server.encoders, server.drains, server.filters];
  const rotates = plan.maxBytes > 0 || settings['touch-logrotate'].length > 0;
  return rotates || plan.requests !== undefined || lists.some((list) => list.length > 0);
}

function loggersIn(values: readonly Written[]): readonly Logger[] {
  return values.flatMap(({ text }) => {
    const read = readLogger(text);
    return read.ok ? [read.logger] : [];
  });
}

function routesIn(values: readonly Written[]): readonly Route[] {
  return values.flatMap(({ text }) => readRoute(text) ?? []);
}

function encodersIn(values: readonly Written[]): readonly EncoderText[] {
  return values.flatMap(({ text }) => {
    const read = readEncoder(text);
    return read.ok ? [read.encoder] : [];
  });
}

/** Every logger of a plan, once. */
export function loggersOf({ server, requests }: LogPlan): readonly Logger[] {
  return [...new Set([...server.loggers, ...(requests?.loggers ?? [])])];
}
