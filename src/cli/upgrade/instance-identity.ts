/**
 * PURE. As whom the check of a running unit may run: as the user and group that systemd says.
 *
 * The unit's user can make any process of the unit its main process (MAINPID=), also one that is
 * becoming somebody else. So that process tells only the supplementary groups, and only where each
 * of its ids is the unit's.
 */
import type { UnitState } from './unit-state.ts';

export interface Identity {
  readonly kind: 'user';
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly string[];
}

export type IdentityFound =
  | Identity
  /** The unit is root's own: nothing that its processes say counts. */
  | { readonly kind: 'root' }
  | { readonly kind: 'unclear'; readonly why: string };

/** `status` is the text of /proc/PID/status of the main process; '' where it has ended. */
export function identityOf(
  { uid, gid, isStartedAsRoot }: Pick<UnitState, 'uid' | 'gid' | 'isStartedAsRoot'>,
  status: string,
): IdentityFound {
  if (isStartedAsRoot && (uid ?? 0) === 0) return { kind: 'root' };
  if (isStartedAsRoot || uid === undefined || gid === undefined || uid === 0) {
    return { kind: 'unclear', why: 'systemd does not say as which user and group it runs' };
  }
  if (!areAll(idsIn(status, 'Uid'), uid) || !areAll(idsIn(status, 'Gid'), gid)) {
    const why = `its main process does not run as user ${uid} and group ${gid}, which are its unit's`;
    return { kind: 'unclear', why };
  }
  return { kind: 'user', uid, gid, groups: idsIn(status, 'Groups') };
}

/** Real, effective, saved and of the file system. */
function areAll(ids: readonly string[], id: number): boolean {
  return ids.length === 4 && ids.every((each) => each === String(id));
}

function idsIn(status: string, key: string): readonly string[] {
  const line = new RegExp(`^${key}:([\\d\\t ]*)$`, 'm').exec(status)?.[1] ?? '';
  return line.split(/\s+/).filter(Boolean);
}
