/** The flags of `reeve enable` and `reeve disable`. */

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';

import type { Argv } from 'yargs';
import type { DisableRequest } from './disable.ts';
import type { EnableRequest } from './enable.ts';

export function disableOptions(command: Argv) {
  return command
    .positional('target', { type: 'string', demandOption: true })
    .option('yes', { type: 'boolean', default: false, alias: 'y' })
    .option('dry-run', { type: 'boolean', default: false })
    .option('root', { type: 'string', default: '', requiresArg: true });
}

export function enableOptions(command: Argv) {
  return command
    .positional('file', { type: 'string', demandOption: true })
    .option('name', { type: 'string', requiresArg: true })
    .option('user', { type: 'string', requiresArg: true })
    .option('for', { type: 'string', requiresArg: true })
    .option('socket', { type: 'boolean', default: false })
    .option('now', { type: 'boolean', default: false })
    .option('yes', { type: 'boolean', default: false, alias: 'y' })
    .option('dry-run', { type: 'boolean', default: false })
    .option('root', { type: 'string', default: '', requiresArg: true });
}

export function enableRequest(given: {
  readonly file: string;
  readonly name: string | undefined;
  readonly user: string | undefined;
  readonly for: string | undefined;
  readonly socket: boolean;
  readonly now: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly root: string;
}): EnableRequest {
  const { file, name, user, root } = given;
  if (given.now && root !== '') {
    const what = '--now starts a unit of this machine, and --root writes for another';
    throw new OperatorError({ what, where: 'enable', exitCode: exitCodes.usage });
  }
  const [hasSocket, isStarted] = [given.socket, given.now];
  const webServer = given.for;
  return { file, name, user, webServer, hasSocket, isStarted, consent: consentOf(given), root };
}

export function disableRequest(given: {
  readonly target: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly root: string;
}): DisableRequest {
  return { target: given.target, consent: consentOf(given), root: given.root };
}

function consentOf({ yes, dryRun }: { readonly yes: boolean; readonly dryRun: boolean }) {
  if (dryRun) return 'dry-run';
  return yes ? 'given' : 'ask';
}
