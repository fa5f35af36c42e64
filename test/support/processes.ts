/** What /proc says of processes: titles, names, parents, memory, and who carries a marker. */

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** The short name that plain `ps`, `top` and journald show. */
  readonly comm: string;
  /** What `ps -o args=` shows. */
  readonly title: string;
  /** R, S, D, T (stopped), Z (zombie) … */
  readonly state: string;
}

/** Returns what /proc says of one process, or undefined when there is none. */
export function processInfo(pid: number): ProcessInfo | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const [state = '', parent = '0', , session = '0'] = stat.slice(close + 2).split(' ');
  const title = (readProc(pid, 'cmdline') ?? '').replace(/\0+$/, '').replaceAll('\0', ' ');
  const comm = stat.slice(open + 1, close);
  return { pid, parent: Number(parent), session: Number(session), comm, title, state };
}

/** Every process of the machine. */
export function allProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processInfo(Number(name)))
    .filter((info) => info !== undefined);
}

/** `pid` and all that descend from it, zombies left out. */
export function family(pid: number): ProcessInfo[] {
  const everyone = allProcesses().filter((info) => info.state !== 'Z');
  const members = new Set([pid]);
  for (let grown = true; grown;) {
    grown = false;
    for (const info of everyone) {
      if (members.has(info.parent) && !members.has(info.pid)) {
        members.add(info.pid);
        grown = true;
      }
    }
  }
  return everyone.filter((info) => members.has(info.pid));
}

/** The living processes whose environment, as they were started with, contains `text`. */
export function processesWithEnvironment(text: string): ProcessInfo[] {
  return allProcesses().filter(
    (info) =>
      info.pid !== process.pid &&
      info.state !== 'Z' &&
      (readProc(info.pid, 'environ') ?? '').split('\0').includes(text),
  );
}

/** Whether the process is there and not a zombie. */
export function isAlive(pid: number): boolean {
  const info = processInfo(pid);
  return info !== undefined && info.state !== 'Z';
}

/** A line of /proc/PID/status, such as Uid, Gid, Groups, Umask; its words. */
export function statusWords(pid: number, name: string): string[] {
  const line = (readProc(pid, 'status') ?? '')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`no ${name} in /proc/${pid}/status`);
  return line
    .slice(name.length + 1)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Memory of the process in KiB, shared pages counted by share (PSS). */
export function sharedMemoryKiB(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(readProc(pid, 'smaps_rollup') ?? '');
  if (match === null) throw new Error(`no Pss of process ${pid}`);
  return Number(match[1]);
}

/** One file of /proc/PID as latin-1 text, undefined when it or the process is not there. */
export function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return undefined; // It ended while we looked, or is not ours to read.
  }
}

/** How many sockets the process has open. */
export function openSockets(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // Closed while we looked.
    }
  }).length;
}
