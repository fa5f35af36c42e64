/**
 * Whether the process that answers at a control socket is the instance that it says it is.
 *
 * The socket lies in a directory of the instance's user, who can put another socket there. The
 * kernel knows which process listens (SO_PEERCRED): its pid counts, not the one in the answer.
 */
import { lstatSync, readFileSync } from 'node:fs';

import type { PeerCredentials } from '../../base/sockets/peer-credentials.ts';
import { nameOf } from '../../base/files/pidfile.ts';

/** What the kernel knows of the process that listens. */
export interface PeerFacts {
  /** Undefined where it has gone already. `pid` is 0 in a pid namespace that is not seen here. */
  readonly peer: PeerCredentials | undefined;
  /** Who asks. */
  readonly ownUid: number;
  /** The owner of the socket's file; undefined where that is not known here. */
  readonly fileUid: number | undefined;
  /** The short name of the process; undefined where it cannot be seen. */
  readonly comm: string | undefined;
  /** Its pid in its own pid namespace, as it knows it itself; undefined as above. */
  readonly innerPid: number | undefined;
}

const COMM = 'reeve';
/**
 * The owner that the kernel shows for one that has no number here ("nobody"): so the files of a
 * unit with DynamicUser= look from outside since systemd 257, which mounts them with mapped ids.
 */
const OVERFLOW_UID = 65_534;

/** Looks at the listening process, which `peer` names, of the socket at `path`. */
export function peerFacts(peer: PeerCredentials | undefined, path: string): PeerFacts {
  const pid = peer?.pid ?? 0;
  return {
    peer,
    ownUid: process.geteuid?.() ?? 0,
    fileUid: ownerOf(path),
    comm: pid > 0 ? nameOf(pid) : undefined,
    innerPid: pid > 0 ? innerPidOf(pid) : undefined,
  };
}

/** PURE. Why the process is not believed that it is the master `claimedPid`; undefined: it is. */
export function peerRefusal(facts: PeerFacts, claimedPid: number): string | undefined {
  const { peer, ownUid, fileUid, comm, innerPid } = facts;
  if (peer === undefined) return 'it is not known which process answers';
  const name = comm === undefined ? `pid ${peer.pid}` : `${comm} (pid ${peer.pid})`;
  const isTrusted = peer.uid === 0 || peer.uid === ownUid;
  if (!isTrusted && fileUid !== undefined && peer.uid !== fileUid) {
    return `${name} answers there, which runs as user ${peer.uid}, and the socket is not that user's`;
  }
  if (peer.pid === 0) return undefined;
  if (comm !== undefined && comm !== COMM) return `${name} answers there, which is not Reeve`;
  if (claimedPid !== peer.pid && claimedPid !== innerPid) {
    return `${name} answers there, and says that it is pid ${claimedPid}`;
  }
  return undefined;
}

function ownerOf(path: string): number | undefined {
  try {
    const uid = lstatSync(path, { throwIfNoEntry: false })?.uid;
    return uid === OVERFLOW_UID ? undefined : uid;
  } catch {
    // In a directory that is not ours to look into; the connection was permitted all the same.
    return undefined;
  }
}

function innerPidOf(pid: number): number | undefined {
  try {
    const pids = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(pids?.split(/\s+/).at(-1));
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
