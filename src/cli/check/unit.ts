/**
 * The unit that `reeve check --unit` names: what it gives the configuration to read, and what of
 * its sandbox counts.
 */

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import {
  effectiveUnit,
  rawValues,
  systemFolders,
  unitTexts,
  valueOf,
  wordsOf,
} from '../../units/effective-unit.ts';

import type { ConfigHost } from '../../config/reading/host.ts';
import type { EffectiveUnit } from '../../units/effective-unit.ts';

export interface NamedUnit {
  /** shop, of shop.service. */
  readonly label: string;
  readonly effective: EffectiveUnit;
  /** Environment= and EnvironmentFile=. */
  readonly environment: Readonly<Record<string, string>>;
  /** WorkingDirectory=. */
  readonly directory: string;
  /** The arguments in ExecStart=. */
  readonly words: readonly string[];
  /** What its socket unit would pass. */
  readonly passed: readonly string[];
}

/** What systemd itself sets where the unit does not. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin';

/** Reads the file, or the unit of that name on this machine. @throws OperatorError (66). */
export function readUnit(written: string, host: ConfigHost): NamedUnit {
  const file = written.includes('.') ? written : `${written}.service`;
  const name = file.slice(file.lastIndexOf('/') + 1);
  const label = name.replace(/\.service$/, '');
  const texts = textsOf(file, name, host);
  const effective = effectiveUnit(texts);
  const instance = /@(.+)$/.exec(label)?.[1] ?? '';
  const filled = (text: string): string =>
    text.replaceAll('%i', instance).replaceAll('%n', name).replaceAll('%%', '%');
  const [, ...words] = rawValues(texts, 'ExecStart').slice(-1).flatMap(wordsOf).map(filled);
  const user = valueOf(effective, 'User');
  const directory = filled(valueOf(effective, 'WorkingDirectory').replace(/^-/, '')) || '/';
  return {
    label,
    effective,
    environment: { PATH, ...(user === '' ? {} : { USER: user }), ...variablesOf(texts, host) },
    directory: directory === '~' ? '/' : directory,
    words,
    passed: listenStreams(file, label, host).map(filled),
  };
}

/** The host as the unit would see it. */
export function hostInUnit({ environment, effective }: NamedUnit, host: ConfigHost): ConfigHost {
  const user = valueOf(effective, 'User');
  const isRoot = user === '' || user === 'root';
  const group = valueOf(effective, 'Group') || user;
  const identity = isRoot ? { uid: 0 } : { uid: -1, userName: user, groupName: group };
  return { ...host, environment, ...identity };
}

function textsOf(file: string, name: string, host: ConfigHost): readonly string[] {
  const files = {
    text: (path: string) => (host.isFile(path) ? host.readText(path) : undefined),
    names: (folder: string) =>
      host.glob(`${folder}/*`).map((path) => path.slice(path.lastIndexOf('/') + 1)),
  };
  if (host.isFile(file)) {
    const dropIns = files.names(`${file}.d`).filter((each) => each.endsWith('.conf'));
    return [host.readText(file), ...dropIns.map((each) => host.readText(`${file}.d/${each}`))];
  }
  const texts = unitTexts(name, systemFolders, files);
  if (texts !== undefined) return texts;
  const what = `there is no unit ${file}: neither a file nor in systemd's folders`;
  throw new OperatorError({ what, where: '--unit', exitCode: exitCodes.noInput });
}

function variablesOf(texts: readonly string[], host: ConfigHost): Record<string, string> {
  const assigned = rawValues(texts, 'Environment').flatMap(wordsOf);
  const files = rawValues(texts, 'EnvironmentFile').map((path) => path.replace(/^-/, '').trim());
  const lines = files
    .filter((path) => host.isFile(path))
    .flatMap((path) => host.readText(path).split('\n'))
    .filter((line) => /^\s*[A-Za-z_]\w*=/.test(line))
    .map((line) => wordsOf(line.trim().replace(/\s+$/, ''))[0] ?? '');
  return Object.fromEntries(
    [...assigned, ...lines]
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** ListenStream= of the socket unit beside it, or of the one with its name on this machine. */
function listenStreams(file: string, label: string, host: ConfigHost): readonly string[] {
  const beside = file.replace(/\.service$/, '.socket');
  const template = label.replace(/@.*$/, '@');
  const names = [...new Set([label, template])].map((each) => `${each}.socket`);
  const paths = [
    beside,
    ...names.flatMap((each) => systemFolders.map((folder) => `${folder}/${each}`)),
  ];
  const found = paths.find((path) => host.isFile(path));
  if (found === undefined) return [];
  const lines = host.readText(found).split('\n');
  return lines.flatMap((line) => {
    const address = /^\s*ListenStream\s*=\s*(\S+)/.exec(line)?.[1];
    return address === undefined ? [] : [address];
  });
}
