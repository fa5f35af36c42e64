/**
 * What libuv has accepted, before Node makes a socket of it: looked at closely, as a handle that is
 * used in another way than Node's own code does would end the process.
 */

/** As much as is used of Node's TCP and Pipe (lib/net.js and src/stream_base.cc of Node 24). */
interface OwnHandle {
  readonly fd: number;
  readonly close: () => void;
  /** Fills in the other end; returns 0, or an error. A Pipe has none. */
  readonly getpeername?: (name: PeerName) => number;
  readonly setNoDelay?: (isOn: boolean) => number;
}

interface PeerName {
  address?: string;
  port?: number;
}

export interface AcceptedHandle {
  readonly own: OwnHandle;
  readonly fd: number;
  /** '' for a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
}

/**
 * Returns the handle that a listener's `onconnection` was given; undefined where it is not as
 * expected, or has no other end any more.
 */
export function acceptedHandle(value: unknown): AcceptedHandle | undefined {
  if (!isOwnHandle(value)) return undefined;
  if (value.getpeername === undefined) return { own: value, fd: value.fd, address: '', port: 0 };
  const name: PeerName = {};
  const failed = value.getpeername(name) !== 0;
  const { address, port } = name;
  if (failed || address === undefined || port === undefined) return undefined;
  return { own: value, fd: value.fd, address, port };
}

function isOwnHandle(value: unknown): value is OwnHandle {
  if (typeof value !== 'object' || value === null) return false;
  if (!('fd' in value && typeof value.fd === 'number' && value.fd >= 0)) return false;
  if (!('close' in value && typeof value.close === 'function')) return false;
  if (!('useUserBuffer' in value && typeof value.useUserBuffer === 'function')) return false;
  if ('getpeername' in value && typeof value.getpeername !== 'function') return false;
  return !('setNoDelay' in value) || typeof value.setNoDelay === 'function';
}
