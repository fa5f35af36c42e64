/**
 * PURE. The folders in which each instance of a user has a directory with its control socket. A
 * master takes the first that it can use; commands look in all of them.
 *
 * A user without a session (cron, `su`, a container) has no XDG_RUNTIME_DIR. The folder in /tmp is
 * used only while it belongs to that user alone (base/files/trusted-path.ts), as every user could
 * make it.
 */
import { runtimeFolder } from './operator-messages.ts';

export interface ControlUser {
  readonly uid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface ControlFolder {
  readonly path: string;
  /** `own`: only the user, or root, can make it. `private`: it lies where every user can. */
  readonly kind: 'own' | 'private';
}

/** In the order in which they are taken. */
export function controlFolders({ uid, environment }: ControlUser): readonly ControlFolder[] {
  const temporary = { path: `/tmp/${runtimeFolder}-${uid}`, kind: 'private' } as const;
  if (uid === 0) return [{ path: `/run/${runtimeFolder}`, kind: 'own' }, temporary];
  const { XDG_RUNTIME_DIR: ofSession = '' } = environment;
  const parents = [...(ofSession.startsWith('/') ? [ofSession] : []), `/run/user/${uid}`];
  const own = [...new Set(parents)].map(
    (parent) => ({ path: `${parent}/${runtimeFolder}`, kind: 'own' }) as const,
  );
  return [...own, temporary];
}
