/**
 * PURE. Where the control socket lies: where `control-socket` says, else in the unit's runtime
 * directory, else in a directory of this instance below /run/reeve (root) or
 * $XDG_RUNTIME_DIR/reeve, else beside the pidfile; and else nowhere.
 */
import { basename, resolve } from 'node:path';

import { controlFileName, controlSuffix, runtimeFolder } from '../../protocol/operator-messages.ts';

export type ControlPlace =
  | { readonly kind: 'off'; readonly why: string }
  | {
      readonly kind: 'path';
      readonly path: string;
      /** A directory of this instance that is to be made, and removed again; '' for none. */
      readonly ownDirectory: string;
      /** The operator named it: that it cannot be made is then an error. */
      readonly isAsked: boolean;
    };

export interface ControlPlaceParts {
  /** `control-socket`, '' where it was not given. */
  readonly option: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  /** The first pidfile that is given; '' for none. */
  readonly pidfile: string;
  readonly startDirectory: string;
  /** What this instance is called. */
  readonly name: string;
}

const offWords = new Set(['off', 'false', 'no', 'none']);

export function controlPlace(parts: ControlPlaceParts): ControlPlace {
  const { option, environment, isRoot, pidfile, startDirectory, name } = parts;
  if (offWords.has(option.toLowerCase())) return { kind: 'off', why: 'control-socket says so' };
  if (option !== '') {
    const path = resolve(startDirectory, option);
    return { kind: 'path', path, ownDirectory: '', isAsked: true };
  }
  const [runtimeDirectory = ''] = (environment['RUNTIME_DIRECTORY'] ?? '').split(':');
  if (runtimeDirectory.startsWith('/')) {
    const path = `${runtimeDirectory}/${controlFileName}`;
    return { kind: 'path', path, ownDirectory: '', isAsked: false };
  }
  const runtime = isRoot ? '/run' : (environment['XDG_RUNTIME_DIR'] ?? '');
  if (runtime.startsWith('/')) {
    const ownDirectory = `${runtime}/${runtimeFolder}/${name}`;
    const path = `${ownDirectory}/${controlFileName}`;
    return { kind: 'path', path, ownDirectory, isAsked: false };
  }
  if (pidfile !== '') {
    const path = `${resolve(startDirectory, pidfile)}${controlSuffix}`;
    return { kind: 'path', path, ownDirectory: '', isAsked: false };
  }
  return { kind: 'off', why: 'there is no runtime directory and no pidfile' };
}

/** What an instance is called: as its runtime directory, else as its first file. */
export function instanceName(
  environment: Readonly<Record<string, string | undefined>>,
  files: readonly string[],
): string {
  const [runtimeDirectory = ''] = (environment['RUNTIME_DIRECTORY'] ?? '').split(':');
  const [file = ''] = files;
  const stem = basename(file).replace(/\.[^.]*$/, '');
  const name = basename(runtimeDirectory) || stem || 'reeve';
  return name.replaceAll(/[^\w.@-]/g, '_').replace(/^\./, '_');
}
