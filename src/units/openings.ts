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
}

const homes = ['/home', '/root', '/run/user'];
const temporaries = ['/tmp', '/var/tmp'];
const LOW_PORT_MAX = 1023;

/** Finds them. */
export function openings(parts: OpeningsParts): Openings {
  const inWords = ({ option, path }: UsedPath): string => `${option} = ${path}`;
  const below = (folders: readonly string[]): string[] =>
    parts.paths.filter(({ path }) => folders.some((folder) => isWithin(path, folder))).map(inWords);
  const places = {
    configuration: parts.file,
    'start directory': parts.startDirectory,
    program: parts.program,
  };
  const others = (folders: readonly string[]): string[] =>
    Object.entries(places)
      .filter(([, path]) => folders.some((folder) => isWithin(path, folder)))
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
    writable: [...new Set(writable)],
  };
}
