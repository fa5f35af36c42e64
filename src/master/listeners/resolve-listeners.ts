/**
 * What the operator wrote, made an address that the kernel knows: host names looked up, paths made
 * absolute; and nothing asked for twice.
 */
import { lookup } from 'node:dns/promises';
import { realpathSync } from 'node:fs';
import { isIP } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';

import { OperatorError } from '../../base/operator-error.ts';
import { canonicalHost } from '../../base/socket-facts.ts';
import { addressKey, readAddress } from '../../config/values/addresses.ts';
import type { Address, PassedSocketName } from '../../config/values/addresses.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import type { ListenerRequest } from './listeners.ts';

export interface ResolvedRequest {
  readonly request: ListenerRequest;
  /** "app.ini:4: http", for sentences. */
  readonly where: string;
  readonly target: Address | PassedSocketName;
}

/** Resolves them all, in their order; throws an OperatorError for what makes no sense. */
export async function resolveRequests(
  requests: readonly ListenerRequest[],
): Promise<readonly ResolvedRequest[]> {
  const seen = new Map<string, string>();
  const wanted = [];
  for (const request of requests) {
    const { name } = request;
    const where = whereOf(request);
    const read = readAddress(name);
    if (read.kind === 'problem') {
      throw new OperatorError({ ...read, where, exitCode: exitCodes.config });
    }
    const target = read.kind === 'passed' ? read.socket : await resolveHost(read.address, where);
    const key = targetKey(target);
    const first = seen.get(key);
    if (first !== undefined && !key.endsWith(' 0')) {
      const what = `${name} is asked for twice, by ${first} also`;
      throw new OperatorError({ what, where, advice: 'remove one', exitCode: exitCodes.config });
    }
    seen.set(key, where);
    wanted.push({ request, where, target });
  }
  return wanted;
}

/** Where it was asked for. A flag names its option already; a line of a file does not. */
export function whereOf({ origin, option }: ListenerRequest): string {
  return origin === `--${option}` ? origin : `${origin}: ${option}`;
}

/** A path without links but for the socket itself, which may not exist: /run for /var/run. */
export function withoutLinks(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    // The directory is missing: whoever binds there says so.
    return path;
  }
}

function targetKey(target: Address | PassedSocketName): string {
  if (target.kind === 'fd') return `fd ${target.fd}.`;
  return target.kind === 'fd-name' ? `fd-name ${target.name}.` : addressKey(target);
}

/** Makes paths absolute and host names numeric. */
async function resolveHost(address: Address, where: string): Promise<Address> {
  if (address.kind === 'path') return { ...address, path: resolve(address.path) };
  if (address.kind === 'abstract') return address;
  if (isIP(address.host) !== 0) return { ...address, host: canonicalHost(address.host) };
  try {
    return { ...address, host: (await lookup(address.host)).address };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const what = `no address is known for the host "${address.host}"${code}`;
    throw new OperatorError({ what, where, exitCode: exitCodes.unavailable });
  }
}
