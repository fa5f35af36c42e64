/** A load of wrk on a server: what it saw, and the processor time that each request took. */
import { spawnSync } from 'node:child_process';

import { differenceOf, secondsByRole } from './processes.ts';
import type { PerRole } from './processes.ts';
import { figureOf, rounded } from './report.ts';
import type { Figure } from './report.ts';

export const applications: Readonly<Record<string, string>> = {
  hello: `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '6')])
    return [b'hello\\n']
`,
  flask: `
from flask import Flask
application = Flask(__name__)
@application.route('/')
def hello():
    return 'hello\\n'
`,
};

/** Not `flask`, which would be imported in place of Flask. */
export const moduleOf = (app: string): string => `bench_${app}`;

/** The files that serve the applications, by name. */
export const applicationFiles: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(applications).map(([name, text]) => [`${moduleOf(name)}.py`, text]),
);

export interface Load {
  readonly port: number;
  readonly target?: string;
  readonly connections: number;
  readonly seconds: number;
  /** Words of wrk beside those, such as a header. */
  readonly more?: readonly string[];
}

/** What a load has seen. */
export interface Measured {
  readonly perSecond: number;
  readonly megabytesPerSecond: number;
  readonly requests: number;
  readonly seconds: number;
  readonly trouble: string;
  readonly processorSeconds: PerRole;
}

function wrk({ port, target = '/', connections, seconds, more = [] }: Load): string {
  const url = `http://127.0.0.1:${port}${target}`;
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', ...more, url];
  return spawnSync('wrk', args, { encoding: 'utf8' }).stdout;
}

/** Loads something once, so that all of it is in memory. */
export function warmUp(load: Load): void {
  wrk({ ...load, connections: Math.min(4, load.connections), seconds: 1 });
}

/** Loads the server that was started as `pid`. */
export function measure(pid: number, load: Load): Measured {
  const before = secondsByRole(pid);
  const stdout = wrk(load);
  const processorSeconds = differenceOf(before, secondsByRole(pid), 1);
  const transfer = /Transfer\/sec:\s+([\d.]+)(\wB|B)/.exec(stdout);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
    megabytesPerSecond: (Number(transfer?.[1] ?? 0) * bytesOf(transfer?.[2] ?? '')) / 1e6,
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0),
    seconds: Number(/requests in ([\d.]+)s/.exec(stdout)?.[1] ?? 0),
    trouble: /(Socket errors|Non-2xx).*/.exec(stdout)?.[0] ?? '',
    processorSeconds,
  };
}

/** wrk counts in multiples of 1024. */
function bytesOf(unit: string): number {
  const powers: Readonly<Record<string, number>> = { KB: 1, MB: 2, GB: 3 };
  return 1024 ** (powers[unit] ?? 0);
}

export function rateOf(seen: readonly Measured[]): Figure {
  return figureOf(
    seen.map(({ perSecond }) => perSecond),
    undefined,
    troubleOf(seen),
  );
}

export function transferOf(seen: readonly Measured[]): Figure {
  return figureOf(
    seen.map(({ megabytesPerSecond }) => megabytesPerSecond),
    undefined,
    troubleOf(seen),
  );
}

/** Microseconds of processor time for a request, of all rounds, by what the processes do. */
export function processorOf(seen: readonly Measured[]): Figure {
  const requests = seen.reduce((all, each) => all + each.requests, 0);
  const micros = (role: keyof PerRole): number =>
    rounded(
      (seen.reduce((all, each) => all + each.processorSeconds[role], 0) * 1e6) /
        Math.max(1, requests),
    );
  const parts = {
    gateway: micros('gateway'),
    workers: micros('workers'),
    master: micros('master'),
  };
  return figureOf([parts.gateway + parts.workers + parts.master], parts);
}

function troubleOf(seen: readonly Measured[]): string {
  return seen.find(({ trouble }) => trouble !== '')?.trouble ?? '';
}
