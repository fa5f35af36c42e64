/**
 * PURE. Where the control socket may lie, in the order in which the places are tried: where
 * `control-socket` says; else in the unit's runtime directory; else in a directory of this instance
 * in one of its user's folders (protocol/control-folders.ts); else beside the pidfile.
 */
import { resolve } from 'node:path';

import { controlFolders } from '../../protocol/control-folders.ts';
import { controlFileName, controlSuffix, runtimeFolder } from '../../protocol/operator-messages.ts';

export interface ControlPlace {
  readonly path: string;
  /** A directory of this instance that is to be made, and removed again; '' for none. */
  readonly ownDirectory: string;
  /** The folder above it that must be the user's alone; '' where no other user can make it. */
  readonly privateFolder: string;
  /** The operator named it: that it cannot be made is then an error. */
  readonly isAsked: boolean;
}

export interface ControlPlaceParts {
  /** `control-socket`, '' where it was not given. */
  readonly option: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user that this process is now. */
  readonly uid: number;
  /** /tmp is a unit's own (PrivateTmp=): commands that run outside do not see it. */
  readonly isTmpPrivate: boolean;
  /** The first pidfile that is given; '' for none. */
  readonly pidfile: string;
  readonly startDirectory: string;
  /** What this instance is called. */
  readonly name: string;
}

const offWords = new Set(['off', 'false', 'no', 'none']);
const usual = { ownDirectory: '', privateFolder: '', isAsked: false } as const;

/** The places, best first; none where `control-socket` is off. */
export function controlPlaces(parts: ControlPlaceParts): readonly ControlPlace[] {
  const { option, environment, pidfile, startDirectory, name, uid, isTmpPrivate } = parts;
  if (offWords.has(option.toLowerCase())) return [];
  if (option !== '') {
    return [{ ...usual, path: resolve(startDirectory, option), isAsked: true }];
  }
  const [runtimeDirectory = ''] = (environment['RUNTIME_DIRECTORY'] ?? '').split(':');
  const ofUnit = runtimeDirectory.startsWith('/') ? inRuntimeDirectory(runtimeDirectory, name) : [];
  const folders = controlFolders(parts).map((folder) => {
    const ownDirectory = `${folder.path}/${name}`;
    const privateFolder = folder.kind === 'private' ? folder.path : '';
    return { ...usual, path: `${ownDirectory}/${controlFileName}`, ownDirectory, privateFolder };
  });
  const isShared = ofUnit.length === 1;
  const path = `${resolve(startDirectory, pidfile)}${controlSuffix}`;
  const besidePidfile = pidfile === '' ? [] : [{ ...usual, path }];
  const ofUser = folders.filter((each) => each.privateFolder === '');
  const temporary = folders.filter((each) => each.privateFolder !== '');
  return [
    // Commands look into root's folder first, where they find it by its name.
    ...(isShared && uid === 0 ? [...ofUser, ...ofUnit] : [...ofUnit, ...ofUser]),
    ...(isTmpPrivate ? [...besidePidfile, ...temporary] : [...temporary, ...besidePidfile]),
  ];
}

/** In RuntimeDirectory=uwsgi, which several units may share, it has a name of its own. */
function inRuntimeDirectory(directory: string, name: string): readonly ControlPlace[] {
  const named = { ...usual, path: `${directory}/${name}${controlSuffix}` };
  const [above, own] = directory.split('/').slice(-2);
  const isOwn = own === name || above === runtimeFolder;
  return isOwn ? [{ ...usual, path: `${directory}/${controlFileName}` }, named] : [named];
}
