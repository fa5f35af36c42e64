/** Who asked, as the request line shows it (pure). */

import type { RequestRecord } from './request-record.ts';

export type AddressOf = (record: RequestRecord) => string;

/** Returns the function that finds the address: the peer's, or what X-Forwarded-For says. */
export function addressReader(settings: { readonly xForwardedFor: boolean }): AddressOf {
  return settings.xForwardedFor ? forwardedAddress : peerAddress;
}

function peerAddress(record: RequestRecord): string {
  return record.address;
}

function forwardedAddress(record: RequestRecord): string {
  return variable(record, 'HTTP_X_FORWARDED_FOR') || record.address;
}

/** The value of a variable that the application was given; '' where it was not. */
export function variable(record: RequestRecord, name: string): string {
  const { variables } = record;
  for (let at = 1; at + 1 < variables.length; at += 2) {
    if (variables[at] === name) return variables[at + 1] ?? '';
  }
  return '';
}
