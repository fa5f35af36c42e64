/**
 * Descriptors kept by systemd over a restart or a crash (FileDescriptorStoreMax= in the unit).
 *
 * systemd 254 and later says in $FDSTORE how many it keeps. Older ones do not, and log a warning
 * for each that they were given in vain, so they are asked over the bus; where there is none, it is
 * tried. What was kept comes back among the passed descriptors of the next start, under the name
 * that it was given here.
 */
import { hasSystemdFunction, notifyWithDescriptors, serviceNumber } from '../base/libsystemd.ts';
import { roomAt } from './notify.ts';

export interface FdStore {
  /** Whether systemd may keep what it is given. */
  readonly isOffered: boolean;
  /** How many it keeps; Infinity where it does not say. */
  readonly most: number;
  /** Gives it a copy; one that it has already changes nothing. False: it takes no more. */
  readonly keep: (name: string, fd: number) => boolean;
  /** Has it close all that it keeps under the name. */
  readonly remove: (name: string) => void;
}

export interface FdStoreParts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told once, if systemd cannot be reached. */
  readonly onProblem: (sentence: string) => void;
  /** Whether systemd's queue has room, within so many ms; tests pass a fake. */
  readonly hasRoom?: ((waitMs: number) => boolean) | undefined;
  /** How messages leave; tests pass a fake. */
  readonly send?: ((state: string, fds: readonly number[]) => void) | undefined;
  /** How many are kept by a systemd that does not say so in the environment. */
  readonly ask?: (() => number) | undefined;
}

/** libsystemd waits without end for room in systemd's queue, which all services share. */
const ROOM_MS = 2_000;
/** The limit of systemd for a name. */
const NAME_CHARACTERS_MAX = 255;

/** Opens the store; sends nothing yet. */
export function openFdStore(parts: FdStoreParts): FdStore {
  const { environment, send = notifyWithDescriptors, ask = askSystemd } = parts;
  const { NOTIFY_SOCKET: socket = '', FDSTORE: said } = environment;
  const most = socket === '' ? 0 : said === undefined ? ask() : Number(said);
  const isOffered = most > 0;
  let { hasRoom } = parts;
  let isBroken = false;
  const names = new Set<string>();
  const tell = (state: string, fds: readonly number[]): void => {
    if (socket === '' || isBroken) return;
    try {
      hasRoom ??= roomAt(socket);
      if (!hasRoom(ROOM_MS)) throw new Error(`it has read nothing for ${ROOM_MS / 1000} s`);
      send(state, fds);
    } catch (error) {
      isBroken = true;
      const why = error instanceof Error ? error.message : String(error);
      parts.onProblem(`systemd cannot be given what it is to keep over a restart: ${why}`);
    }
  };
  return {
    isOffered,
    most,
    // FDPOLL=0: what we give is never at its end, so systemd need not watch it.
    keep: (name, fd) => {
      if (!isOffered || (names.size >= most && !names.has(name))) return false;
      names.add(name);
      tell(`FDSTORE=1\nFDNAME=${name}\nFDPOLL=0`, [fd]);
      return !isBroken;
    },
    remove: (name) => {
      names.delete(name);
      tell(`FDSTOREREMOVE=1\nFDNAME=${name}`, []);
    },
  };
}

/** A name that systemd takes, and that is different for each text. */
export function storableName(prefix: string, text: string): string {
  const name = `${prefix}${encodeURIComponent(text)}`;
  if (name.length <= NAME_CHARACTERS_MAX) return name;
  // Loaded for such a name only: it takes memory that the master would keep.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return `${prefix}${createHash('sha256').update(text).digest('hex')}`;
}

/** $FDSTORE came with 254, and so did a function of its library: without both there is no store. */
function askSystemd(): number {
  if (!hasSystemdFunction('sd_notify')) return 0;
  if (hasSystemdFunction('sd_event_add_memory_pressure')) return 0;
  return serviceNumber('FileDescriptorStoreMax') ?? Infinity;
}
