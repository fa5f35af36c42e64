/**
 * `reeve enable app.ini`: shows the unit for an ini, writes it, and enables it.
 */

import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { findUser } from '../../base/accounts.ts';
import { OperatorError } from '../../base/operator-error.ts';
import { firstError } from '../../config/reading/diagnostic.ts';
import { fileName, formatOf } from '../../config/reading/files.ts';
import { loadConfiguration } from '../../config/load.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { applicationUnits } from '../../units/application-unit.ts';
import { absolute } from '../../units/paths.ts';
import { reportFindings } from '../process/findings.ts';
import { ownProgram } from '../process/own-program.ts';
import { isUp, systemctl } from './systemctl.ts';
import { isAgreed, removeUnit, stateOf, unitNameFor, unitPath, writeUnit } from './unit-files.ts';
import { write } from '../process/write.ts';

import type { ConfigHost } from '../../config/reading/host.ts';
import type { Loaded } from '../../config/load.ts';
import type { ApplicationUnits } from '../../units/application-unit.ts';

export interface EnableRequest {
  /** The configuration, with `:section` where one is meant. */
  readonly file: string;
  readonly name: string | undefined;
  readonly user: string | undefined;
  readonly hasSocket: boolean;
  readonly isStarted: boolean;
  readonly consent: 'ask' | 'given' | 'dry-run';
  /** Where units are written in place of `/`; '' for none. */
  readonly root: string;
}

interface Plan {
  readonly name: string;
  readonly units: ApplicationUnits;
  /** The files to write, by the unit's name. */
  readonly files: readonly (readonly [unit: string, text: string])[];
}

/** Returns the exit code. */
export async function enable(request: EnableRequest, host: ConfigHost): Promise<number> {
  const { path } = fileName(request.file);
  const words = formatOf(path) === undefined ? ['--ini', request.file] : [request.file];
  const loaded = await loadConfiguration(words, host);
  // What only the unit has, its credentials, the operator adds to it.
  const read = loaded.diagnostics.map((finding) =>
    finding.onlyInUnit === true ? { ...finding, severity: 'warning' as const } : finding,
  );
  const error = firstError(read);
  if (error !== undefined) {
    reportFindings(read, loaded.settings);
    return error.exitCode ?? exitCodes.config;
  }
  const plan = planOf(request, loaded, host);
  const warned = read.filter(({ onlyInUnit }) => onlyInUnit === true);
  reportFindings([...warned, ...plan.units.findings], loaded.settings);
  if (firstError(plan.units.findings) !== undefined) return exitCodes.config;
  refuseForeign(plan, request);
  for (const [unit, text] of plan.files) write(1, `# ${unitPath(unit, request)}\n${text}\n`);
  if (request.consent === 'dry-run') return exitCodes.stopped;
  const names = plan.files.map(([unit]) => unit);
  const question = `Write ${names.join(' and ')} and enable ${names.length > 1 ? 'them' : 'it'}?`;
  if (request.consent === 'ask' && !isAgreed(question)) {
    write(2, 'reeve: nothing was written\n');
    return exitCodes.stopped;
  }
  const listens = carryOut(plan, request);
  const { name } = plan;
  const started = request.isStarted
    ? 'and runs'
    : listens === 'by itself'
      ? 'and listens by itself until `systemctl stop ' +
        `${name} && systemctl start ${name}.socket ${name}\` hands its addresses to the socket unit ` +
        '(a restart alone would find them in use)'
      : `and \`systemctl start ${name}\` starts it`;
  write(
    2,
    `reeve: ${plan.name} is enabled, ${started}; \`reeve disable ${plan.name}\` undoes it\n`,
  );
  return exitCodes.stopped;
}

function planOf(request: EnableRequest, loaded: Loaded, host: ConfigHost): Plan {
  const { path } = fileName(request.file);
  const file = absolute(request.file, host.cwd);
  const name = unitNameFor(path, request.name);
  const startDirectory = dirname(absolute(path, host.cwd));
  const { settings, given } = loaded;
  const units = applicationUnits({
    settings,
    given,
    startDirectory,
    name,
    file,
    program: ownProgram(host.binary),
    user: userOf(request, loaded, startDirectory),
    hasSocketUnit: request.hasSocket,
    ownerOf,
  });
  const service = [`${name}.service`, units.service] as const;
  const files =
    units.socket === '' ? [service] : [service, [`${name}.socket`, units.socket] as const];
  return { name, units, files };
}

/** The user of --user, else that of the ini, else the owner of the application's directory. */
function userOf(
  { user: asked }: EnableRequest,
  { settings }: Loaded,
  startDirectory: string,
): { readonly name: string; readonly why: string } | undefined {
  const wanted = asked ?? settings.uid;
  if (wanted !== '') {
    const found = findUser(wanted);
    const why = asked === undefined ? `uid = ${wanted}.` : 'As --user says.';
    if (found !== undefined) return { name: found.name, why };
    const where = asked === undefined ? 'uid' : '--user';
    throw new OperatorError({ what: `no user ${wanted}`, where, exitCode: exitCodes.config });
  }
  const directory = absolute(settings.chdir, startDirectory);
  const owner = ownerOf(directory);
  if (owner === undefined || owner === 'root') return undefined;
  return { name: owner, why: `No uid in the ini: ${directory} belongs to this user.` };
}

function ownerOf(path: string): string | undefined {
  const uid = statSync(path, { throwIfNoEntry: false })?.uid;
  return uid === undefined ? undefined : (findUser(String(uid))?.name ?? String(uid));
}

function refuseForeign({ files }: Plan, request: EnableRequest): void {
  for (const [unit] of files) {
    if (stateOf(unit, request) !== 'foreign') continue;
    const what = `there is a ${unit} that reeve enable has not written`;
    const advice = 'choose another name with --name';
    throw new OperatorError({ what, advice, exitCode: exitCodes.cannotCreate });
  }
}

/** Returns `by itself` where a running service holds the addresses of its new socket unit. */
function carryOut({ name, files }: Plan, request: EnableRequest): 'by itself' | undefined {
  const root = request.root === '' ? '' : resolve(request.root);
  const units = files.map(([unit]) => unit);
  const [service, socket] = [`${name}.service`, `${name}.socket`];
  const isHeld = root === '' && units.includes(socket) && isUp(service) && !isUp(socket);
  // It was enabled with a socket before, and is without one now.
  if (!units.includes(socket) && stateOf(socket, request) === 'ours') {
    systemctl(root === '' ? ['disable', '--now', socket] : ['disable', socket], root);
    removeUnit(socket, request);
  }
  for (const [unit, text] of files) writeUnit(unit, text, request);
  if (root === '') systemctl(['daemon-reload'], '');
  systemctl(['enable', ...units], root);
  if (!request.isStarted || root !== '') return isHeld ? 'by itself' : undefined;
  if (isHeld) {
    // Only a stop closes what it listens on and what systemd keeps of that over a restart.
    systemctl(['stop', service], '');
    systemctl(['start', socket], '');
  }
  systemctl(['restart', service], '');
  return undefined;
}
