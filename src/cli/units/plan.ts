/** What `reeve enable` would write for an ini on this machine. */

import { statSync } from 'node:fs';
import { dirname } from 'node:path';

import { findUser } from '../../base/accounts.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { fileName } from '../../config/reading/files.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { applicationUnits } from '../../units/application-unit.ts';
import { absolute } from '../../config/values/absolute-path.ts';
import { tmpfilesName } from '../../units/tmpfiles.ts';
import { hasOwnPython, ownProgram } from '../process/own-program.ts';
import { machineFacts } from './machine-facts.ts';
import { unitNameFor, usualName } from './unit-files.ts';

import type { Loaded } from '../../config/load.ts';
import type { ConfigHost } from '../../config/reading/host.ts';
import type { ApplicationUnits, UnitUser } from '../../units/application-unit.ts';
import type { MachineFacts } from '../../units/machine.ts';

export interface PlanRequest {
  /** The configuration, with `:section` where one is meant. */
  readonly file: string;
  readonly name: string | undefined;
  readonly user: string | undefined;
  /** Of --for. */
  readonly webServer: string | undefined;
  readonly hasSocket: boolean;
  readonly root: string;
}

export interface Plan {
  readonly name: string;
  readonly units: ApplicationUnits;
  /** The files to write, by the unit's name. */
  readonly files: readonly (readonly [unit: string, text: string])[];
  /** The file for systemd-tmpfiles; undefined where none is needed. */
  readonly tmpfiles: readonly [name: string, text: string] | undefined;
}

/** The units' texts, and what stands in the way of them. */
export function planOf(request: PlanRequest, loaded: Loaded, host: ConfigHost): Plan {
  const { path } = fileName(request.file);
  const name = unitNameFor(path, request.name);
  const startDirectory = dirname(absolute(path, host.cwd));
  const environment = environmentBeside(loaded, startDirectory, host);
  const settings = environment === '' ? loaded.settings : { ...loaded.settings, home: environment };
  const facts = machineFacts(request);
  const units = applicationUnits({
    settings,
    given: loaded.given,
    startDirectory,
    name,
    file: absolute(request.file, host.cwd),
    program: ownProgram(host.binary),
    user: userOf(request, loaded, { startDirectory, facts }),
    hasSocketUnit: request.hasSocket,
    flags: flagsOf(request, path),
    environment,
    facts,
  });
  const service = [`${name}.service`, units.service] as const;
  const files =
    units.socket === '' ? [service] : [service, [`${name}.socket`, units.socket] as const];
  const tmpfiles =
    units.tmpfiles === '' ? undefined : ([tmpfilesName(name), units.tmpfiles] as const);
  return { name, units, files, tmpfiles };
}

/**
 * The virtual environment in the application's directory, where the ini names none and there is
 * one: tutorials put it there, and name it only in PATH= of their unit. pip's reeve has its own.
 */
function environmentBeside({ settings }: Loaded, startDirectory: string, host: ConfigHost): string {
  const isNamed = settings.home !== '' || settings.python !== '';
  if (isNamed || hasOwnPython(host.environment)) return '';
  const directory = absolute(settings.chdir, startDirectory);
  const found = ['*', '.*'].flatMap((name) => host.glob(`${directory}/${name}/pyvenv.cfg`));
  const [only, ...others] = new Set(found);
  return only === undefined || others.length > 0 ? '' : dirname(only);
}

/** What another `reeve enable` needs to write the same. */
function flagsOf({ name, user, webServer, hasSocket }: PlanRequest, path: string): string[] {
  const isUsual = name === undefined || unitNameFor(path, name) === usualName(path);
  return [
    ...(isUsual ? [] : ['--name', name]),
    ...(user === undefined ? [] : ['--user', user]),
    ...(webServer === undefined ? [] : ['--for', webServer]),
    ...(hasSocket ? ['--socket'] : []),
  ];
}

/** The user of --user, else that of the ini, else the owner of the application's directory. */
function userOf(
  { user: asked }: PlanRequest,
  { settings }: Loaded,
  { startDirectory, facts }: { readonly startDirectory: string; readonly facts: MachineFacts },
): UnitUser | undefined {
  const wanted = asked ?? settings.uid;
  if (wanted !== '') {
    const account = facts.account(wanted);
    const why = asked === undefined ? `uid = ${wanted}.` : 'As --user says.';
    if (account !== undefined) return { account, why };
    const where = asked === undefined ? 'uid' : '--user';
    throw new OperatorError({ what: `no user ${wanted}`, where, exitCode: exitCodes.config });
  }
  const directory = absolute(settings.chdir, startDirectory);
  const uid = statSync(directory, { throwIfNoEntry: false })?.uid ?? 0;
  const owner = uid === 0 ? undefined : findUser(String(uid))?.name;
  const account = owner === undefined ? undefined : facts.account(owner);
  if (account === undefined) return undefined;
  return { account, why: `No uid in the ini: ${directory} belongs to this user.` };
}
