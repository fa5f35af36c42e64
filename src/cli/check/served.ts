/** Whether Reeve serves the file that is checked: its addresses and pidfiles are then its own. */

import {
  directoriesIn,
  foldersOfUsers,
  instancesIn,
  runtimeFolders,
} from '../instances/instances.ts';

import type { ConfigHost } from '../../config/reading/host.ts';

/** The pid of the instance whose first file this is; undefined where there is none. */
export async function servedBy(
  [file]: readonly string[],
  host: ConfigHost,
): Promise<number | undefined> {
  if (file === undefined || file === '-') return undefined;
  const path = host.realPath(file);
  const folders = [...runtimeFolders(host.environment), ...foldersOfUsers()];
  const { answering } = await instancesIn(directoriesIn(folders));
  return answering.find(({ files: [first = ''] }) => host.realPath(first) === path)?.pid;
}
