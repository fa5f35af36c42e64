/** What the gateway is told of its clients: what they may do, and whose word counts. */

export interface ClientSettings {
  /** false: a worker reads a body while it arrives. */
  readonly requestBuffering: boolean;
  /** Seconds for the whole head, and for the whole body, of a request; 0: any time. */
  readonly headerTimeout: number;
  readonly bodyTimeout: number;
  /** 0: as many as open files allow; half of all, but for loopback addresses. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Addresses and networks, or "unix". */
  readonly trustedProxies: readonly string[];
}
