/**
 * The process that listens on a port, for the message of a start that is refused: the operator does
 * not have to look it up.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** State LISTEN in /proc/net/tcp (proc_pid_net(5)). */
const LISTENING = '0A';

export interface PortOwner {
  readonly name: string;
  readonly pid: number;
}

/** nginx and its pid, or undefined where /proc does not tell (another user's process, none). */
export function portOwner(port: number): PortOwner | undefined {
  const inodes = new Set([...listeningInodes('tcp', port), ...listeningInodes('tcp6', port)]);
  if (inodes.size === 0) return undefined;
  for (const pid of list('/proc')) {
    if (/^\d+$/.test(pid) && holdsSocket(pid, inodes)) return { name: comm(pid), pid: Number(pid) };
  }
  return undefined;
}

/** Inodes of the sockets that listen on the port, on whatever address. */
function listeningInodes(table: string, port: number): readonly string[] {
  const hexPort = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return read(`/proc/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(hexPort) === true && columns[3] === LISTENING)
    .flatMap((columns) => columns[9] ?? []);
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(target(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

function comm(pid: string): string {
  return read(`/proc/${pid}/comm`).trim() || 'a process';
}

// Processes come and go while we look, and others are not ours to look into: what cannot be read
// is empty.

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function target(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
