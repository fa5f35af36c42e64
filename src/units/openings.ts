/**
 * PURE. What the sandbox has to let through for these settings, with the reasons, which are written
 * into the unit.
 */

import { readAddress } from '../config/values/addresses.ts';
import { isWithin, listenerOptions } from './paths.ts';
import { literal } from './unit-text.ts';

import type { Reading, UsedPath } from './paths.ts';
import type { Openings } from './sandbox.ts';

export interface OpeningsParts extends Reading {
  /** The configuration, and the command that reads it. */
  readonly file: string;
  readonly program: string;
  readonly hasSocketUnit: boolean;
  /** What the service itself uses. */
  readonly paths: readonly UsedPath[];
  readonly writable: readonly string[];
  /** Why PrivateUsers= must be off; '' where it need not. */
  readonly users: string;
  readonly hasOtherPrograms: boolean;
  readonly realPath: (path: string) => string;
}

const homes = ['/home', '/root', '/run/user'];
const temporaries = ['/tmp', '/var/tmp'];
const LOW_PORT_MAX = 1023;

/** Whether the option names a directory in this list that the path is in. */
function isInside(used: UsedPath, others: readonly UsedPath[]): boolean {
  return others.some(
    ({ option, path }) => option === used.option && path !== used.path && isWithin(used.path, path),
  );
}

/** Finds them. */
export function openings(parts: OpeningsParts): Openings {
  const inWords = ({ option, path }: UsedPath): string => `${option} = ${path}`;
  // A link leads there as well as a path.
  const isBelow = (path: string, folders: readonly string[]): boolean =>
    [path, parts.realPath(path)].some((each) => folders.some((one) => isWithin(each, one)));
  const below = (folders: readonly string[]): string[] => {
    const found = parts.paths.filter(({ path }) => isBelow(path, folders));
    return [...new Set(found.filter((used) => !isInside(used, found)).map(inWords))];
  };
  const places = {
    configuration: parts.file,
    'start directory': parts.startDirectory,
    program: parts.program,
  };
  const others = (folders: readonly string[]): string[] =>
    Object.entries(places)
      .filter(([, path]) => isBelow(path, folders))
      .map(([what, path]) => `the ${what} ${path}`);
  const ports = listenerOptions.flatMap((option) =>
    parts.settings[option].flatMap(({ text }) => {
      const read = readAddress(text);
      const port = read.kind === 'address' && read.address.kind === 'tcp' ? read.address.port : 0;
      return port > 0 && port <= LOW_PORT_MAX ? [`${option} = ${text}`] : [];
    }),
  );
  const temporary = [...others(temporaries), ...below(temporaries)];
  const writable = [...parts.writable, ...(temporary.length > 0 ? temporaries : [])];
  return {
    home: [...others(homes), ...below(homes)].map(literal),
    temporary: temporary.map(literal),
    ports: parts.hasSocketUnit ? [] : ports.map(literal),
    users: literal(parts.users),
    hasOtherPrograms: parts.hasOtherPrograms,
    writable: [...new Set(writable)],
  };
}
