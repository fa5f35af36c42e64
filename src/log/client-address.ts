/** The client, as the access log shows it (pure). */

import { variableOf } from './request-fields.ts';
import type { RequestRecord } from './request-record.ts';

export type AddressOf = (record: RequestRecord) => string;

/** Returns the function that finds the address: the peer's, or what X-Forwarded-For names. */
export function addressReader(settings: { readonly xForwardedFor: boolean }): AddressOf {
  return settings.xForwardedFor ? forwardedAddress : peerAddress;
}

function peerAddress(record: RequestRecord): string {
  return record.address;
}

function forwardedAddress(record: RequestRecord): string {
  return variableOf(record, 'HTTP_X_FORWARDED_FOR') || record.address;
}
