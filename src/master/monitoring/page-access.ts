/**
 * PURE. Who is shown the status page. A browser of this machine, or in its network, may have been
 * sent here by a page of somebody else: one whose name resolves to this address (DNS rebinding), or
 * one that asks across origins. Neither is shown anything.
 */
import { plainAddress } from '../../base/networks.ts';
import { readAddress } from '../../config/values/addresses.ts';
import type { Audience } from '../../views/page-status.ts';

/** What a client asks, as far as it counts here; '' for a header that is missing. */
export interface PageAsked {
  readonly path: '/' | '/status.json';
  readonly host: string;
  readonly origin: string;
  /** Sec-Fetch-Site and Sec-Fetch-Mode: who asks, and what for (W3C Fetch Metadata). */
  readonly site: string;
  readonly mode: string;
  /** Both ends of the connection; '' of a unix socket. */
  readonly localAddress: string;
  readonly remoteAddress: string;
}

export interface PageTerms {
  /** `status-page`. */
  readonly isOn: boolean;
  /** `status-page-host`. */
  readonly hosts: readonly string[];
  /** What `metrics` says. */
  readonly address: string;
}

const HOSTS_ADVICE =
  'ask for localhost or the address of the listener, or allow the name with status-page-host';
const NETWORK_ADVICE = 'name an address in `metrics`, such as 0.0.0.0:9100, or use `ssh -L`';

/** Why it is refused, for people; '' where it is not. */
export function pageRefusal(asked: PageAsked, terms: PageTerms): string {
  const { host, origin, site, mode, path } = asked;
  if (!terms.isOn) return 'the status page is switched off (status-page = false)';
  if (audienceOf(asked) === 'network' && !isAddressNamed(terms.address)) {
    return `the status page is for this machine alone: ${NETWORK_ADVICE}`;
  }
  if (!namesOf(asked, terms).has(nameOf(host))) {
    const name = host === '' ? 'without a Host' : `for the host "${host}"`;
    return `the status page is not shown ${name}: ${HOSTS_ADVICE}`;
  }
  if (origin !== '' && !isSameOrigin(origin, host)) {
    return 'the status page is not shown to pages of another origin';
  }
  // A link may lead here; what is loaded into a page of somebody else may not.
  const isFollowed = path === '/' && mode === 'navigate';
  if (!['', 'same-origin', 'none'].includes(site) && !isFollowed) {
    return 'the status page is not shown to pages of another site';
  }
  return '';
}

/** Who connects from another machine is shown less. */
export function audienceOf({
  localAddress,
  remoteAddress,
}: Pick<PageAsked, 'localAddress' | 'remoteAddress'>): Audience {
  const remote = plainAddress(remoteAddress);
  const isLoopback = remote === '::1' || remote.startsWith('127.');
  // This machine may have asked for itself by its address in the network.
  const isHere = remote === '' || isLoopback || remoteAddress === localAddress;
  return isHere ? 'local' : 'network';
}

/** `:9100` means all addresses, and names none. */
function isAddressNamed(address: string): boolean {
  return !address.startsWith(':');
}

function namesOf({ localAddress }: PageAsked, { hosts, address }: PageTerms): ReadonlySet<string> {
  const read = readAddress(address);
  const isTcp = read.kind === 'address' && read.address.kind === 'tcp';
  const named = isTcp ? [read.address.host] : [];
  const local = localAddress === '' ? [] : [plainAddress(localAddress)];
  return new Set(['localhost', ...named, ...local, ...hosts].map((name) => name.toLowerCase()));
}

/** Without its port: it may be that of a tunnel. An IPv6 address without its brackets. */
function nameOf(host: string): string {
  const [, bracketed, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return (bracketed ?? name).toLowerCase();
}

/** A proxy in front may speak TLS. */
function isSameOrigin(origin: string, host: string): boolean {
  return ['http', 'https'].some((scheme) => {
    return origin.toLowerCase() === `${scheme}://${host.toLowerCase()}`;
  });
}
