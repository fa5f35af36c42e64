/**
 * Values of unsupported options that ask for nothing which Reeve does not do anyway, and those that
 * a start may ignore though the option can protect an application.
 */

import { judgeRoute } from './routing.ts';

import type { Judged, LineFacts } from '../judgement.ts';

/** What only a router has: http-socket is none, and http-to-https makes one. */
const ofRouter = /^http-(?!socket|to-https)/;

function always(sentence: string): Judged {
  return { verdict: 'always', sentence };
}

/**
 * Without uid, `cap` takes rights away from root, and so protects; with it, it leaves some to the
 * user, and nothing is less safe without it.
 */
function judgeCapabilities(value: string): Judged {
  const names = value.split(',').map((name) => name.trim().toLowerCase().replace(/^cap_/, ''));
  if (names.every((name) => name === 'net_bind_service')) {
    return always('ports below 1024 are bound before privileges are dropped');
  }
  const wanted = names.map((name) => `CAP_${name.toUpperCase()}`).join(' ');
  const advice = `write AmbientCapabilities=${wanted} and User= into the unit, in place of uid`;
  return { verdict: 'missing', sentence: 'the application has no capability', advice };
}

/** What this value of an unsupported option does; undefined where its group says all. */
export function judgeUnsupportedValue(
  name: string,
  value: string,
  isGiven: LineFacts['isGiven'],
): Judged | undefined {
  if (name === 'cap' && isGiven('uid')) return judgeCapabilities(value);
  if (ofRouter.test(name) && !['http', 'https', 'https2'].some(isGiven)) {
    return always('it does nothing without http, in uWSGI too');
  }
  return judgeRoute(name, value);
}
