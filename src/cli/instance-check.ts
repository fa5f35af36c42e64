/**
 * For `reeve check` of an ini in /etc/reeve: what the unit of that instance, with its drop-ins as
 * they lie on this machine, would not let it do.
 */

import { effectiveUnit } from '../units/effective-unit.ts';
import { instanceFindings, instanceOf } from '../units/instance-findings.ts';

import type { Diagnostic } from '../config/reading/diagnostic.ts';
import type { ConfigHost } from '../config/reading/host.ts';
import type { Loaded } from '../config/load.ts';

/** In the order in which systemd looks for a unit: the first one counts. */
const unitFolders = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system'];

/** Nothing where the file is another, or the unit is not installed. */
export function checkInstance(loaded: Loaded, host: ConfigHost): readonly Diagnostic[] {
  const [file = ''] = loaded.files;
  const name = instanceOf(host.realPath(file));
  const unitFile = unitFolders
    .flatMap((folder) => [`${folder}/reeve@${name}.service`, `${folder}/reeve@.service`])
    .find((path) => host.isFile(path));
  if (name === undefined || unitFile === undefined) return [];
  const texts = [unitFile, ...dropIns(name, host)].map((path) => host.readText(path));
  const { settings, given } = loaded;
  const unit = effectiveUnit(texts);
  const passed = socketsFor(name, host);
  return instanceFindings({ settings, given, startDirectory: '/', name, unit, passed });
}

/**
 * What socket units would pass to the instance that this file belongs to: its own one where it is
 * enabled or listens, and those that name the instance's service.
 */
export function passedSockets(file: string, host: ConfigHost): readonly string[] {
  const name = instanceOf(host.realPath(file));
  return name === undefined ? [] : socketsFor(name, host);
}

function socketsFor(name: string, host: ConfigHost): readonly string[] {
  const own = `/run/reeve/${name}.sock`;
  const wanted = unitFolders.flatMap((folder) => host.glob(`${folder}/*/reeve@${name}.socket`));
  const isThere = wanted.length > 0 || host.exists(own);
  const others = unitFolders
    .flatMap((folder) => host.glob(`${folder}/*.socket`))
    .filter((path) => host.isFile(path))
    .map((path) => host.readText(path).split('\n'))
    .filter((lines) => lines.some((line) => line.trim() === `Service=reeve@${name}.service`));
  const listened = others.flat().flatMap((line) => {
    const address = /^\s*ListenStream\s*=\s*(\S+)/.exec(line)?.[1];
    return address === undefined ? [] : [address];
  });
  return isThere ? [own, ...listened] : listened;
}

/** In the order of their names, as systemd reads them. */
function dropIns(name: string, host: ConfigHost): string[] {
  const found = unitFolders.flatMap((folder) =>
    [`reeve@${name}.service.d`, 'reeve@.service.d'].flatMap((unit) =>
      host.glob(`${folder}/${unit}/*.conf`),
    ),
  );
  return found.toSorted((one, other) => nameOf(one).localeCompare(nameOf(other), 'en'));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
