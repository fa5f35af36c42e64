/** The values of stats-push that name a statsd: statsd:HOST:PORT[,PREFIX]. */

export type ReadStatsd =
  | ({ readonly kind: 'target' } & StatsdTarget)
  | { readonly kind: 'other' }
  | { readonly kind: 'problem'; readonly sentence: string };

export interface StatsdTarget {
  readonly host: string;
  readonly port: number;
  /** What stands before each name. */
  readonly prefix: string;
}

/** As in uWSGI. */
const PREFIX = 'uwsgi';
const PORT_MAX = 65_535;

/** `other`: another kind of target, which Reeve does not have. */
export function readStatsd(text: string): ReadStatsd {
  const [kind = '', rest] = text.split(/:(.*)/s);
  if (kind.trim() !== 'statsd' || rest === undefined) return { kind: 'other' };
  const [address = '', given = ''] = rest.split(/,(.*)/s);
  const [, host = '', digits = ''] = /^\s*([^\s:]+):(\d{1,5})\s*$/.exec(address) ?? [];
  const port = Number(digits);
  if (host === '' || port === 0 || port > PORT_MAX) {
    return { kind: 'problem', sentence: `it needs statsd:HOST:PORT[,PREFIX], not "${text}"` };
  }
  const prefix = given.trim() === '' ? PREFIX : given.trim();
  if (/[\s:|@]/.test(prefix)) {
    return { kind: 'problem', sentence: `"${prefix}" is no prefix: it has a blank, :, | or @` };
  }
  return { kind: 'target', host, port, prefix };
}
