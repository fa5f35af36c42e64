/**
 * Logic blocks: lines that count only under a condition, or once for each of several values.
 *
 * The condition is looked at anew for every line of the block, as in uWSGI. The tested or looped
 * value stands for `%(_)`.
 */

import { OperatorError } from '../../base/operator-error.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { variableOf } from './host.ts';

import type { Block } from '../../tables/directives.ts';
import type { ConfigHost } from './host.ts';

export interface OpenBlock {
  readonly block: Block;
  readonly negated: boolean;
  readonly argument: string;
  readonly origin: string;
}

/** The value that an option or placeholder was given first; undefined if it was not. */
type Given = (name: string) => string | undefined;

/** The value when `wanted` (`NAME` or `NAME=VALUE`) holds, else undefined. */
function tested(wanted: string, given: Given): string | undefined {
  const equals = wanted.indexOf('=');
  if (equals === -1) return given(wanted);
  const value = given(wanted.slice(0, equals));
  return value === wanted.slice(equals + 1) ? value : undefined;
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    // A pattern that is none matches nothing, as in uWSGI.
    return false;
  }
}

function condition(open: OpenBlock, given: Given, host: ConfigHost): string | undefined {
  const { block, argument } = open;
  const when = (holds: boolean) => (holds ? argument : undefined);
  switch (block) {
    case 'env':
      return tested(argument, (name) => variableOf(host, name));
    case 'opt':
      return tested(argument, given);
    case 'exists':
      return when(host.exists(argument));
    case 'file':
      return when(host.isFile(argument));
    case 'dir':
      return when(host.isDirectory(argument));
    case 'plugin':
      return when(/^(python\d*|http)$/.test(argument));
    case 'hostname':
      return when(argument === host.hostname);
    case 'hostname-match':
      return when(matches(argument, host.hostname));
    case 'reload':
      return when(host.isReload);
    default:
      return undefined;
  }
}

const timesMax = 10_000;

/** What `%(_)` stands for where a condition does not hold: what was looked for was not found. */
function valueOfAbsence({ block, argument }: OpenBlock): string | undefined {
  return block === 'env' || block === 'opt' || block === 'reload' ? undefined : argument;
}

/**
 * For which values each line of the block is taken; undefined takes it with its `%(_)` untouched.
 * Throws what `host.readText` throws, and an OperatorError for too many.
 */
export function valuesFor(
  open: OpenBlock,
  given: Given,
  host: ConfigHost,
): readonly (string | undefined)[] {
  switch (open.block) {
    case 'for':
      return open.argument.split(' ').filter((word) => word !== '');
    case 'for-glob':
      return host.glob(open.argument);
    case 'for-times': {
      const times = Math.max(Math.trunc(Number.parseInt(open.argument, 10) || 0), 0);
      if (times > timesMax) {
        const what = `for-times: ${open.argument} is more than ${timesMax}: each time is read as a line`;
        throw new OperatorError({ what, exitCode: exitCodes.config });
      }
      return Array.from({ length: times }, (_, index) => String(index + 1));
    }
    case 'for-readline':
      return host.readText(open.argument).replace(/\n$/, '').split('\n');
    default: {
      const value = condition(open, given, host);
      if (open.negated) return value === undefined ? [valueOfAbsence(open)] : [];
      if (open.block === 'reload') return value === undefined ? [] : [undefined];
      return value === undefined ? [] : [value];
    }
  }
}
