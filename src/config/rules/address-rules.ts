/** What must hold between the addresses of one configuration. */

import { exitCodes } from '../../tables/exit-codes.ts';
import { absolute } from '../values/absolute-path.ts';
import { addressKey, isBefore, readAddress } from '../values/addresses.ts';
import { error, warning } from './rule.ts';

import type { Address } from '../values/addresses.ts';
import type { ConfigHost } from '../reading/host.ts';
import type { Facts, Rule } from './rule.ts';
import type { Settings } from '../../tables/options/options.ts';

/** An address, and the line that asks for it. */
interface Asked {
  readonly option: string;
  readonly text: string;
  readonly origin: string;
  readonly address: Address;
}

/** Where the kernel says whether `[::]` takes IPv4 clients too: 0 is yes. */
const BINDV6ONLY = '/proc/sys/net/ipv6/bindv6only';

/**
 * As in uWSGI one address with two protocols is bound once: the line that comes first counts.
 * The stats and the metrics have listeners of their own, and a port cannot be bound for all
 * addresses and for one of them: a start would find it taken by itself. Where systemd binds them,
 * it knows better.
 */
export const addressesApart: Rule = (facts) => {
  const { settings, host } = facts;
  const isUwsgi = (option: string): boolean =>
    option === 'uwsgi-socket' || (option === 'socket' && settings.protocol === 'uwsgi');
  const all = askedFor(facts);
  return all.flatMap((asked, index) => {
    const { option, text, origin, address } = asked;
    const earlier = all.slice(0, index);
    const same = earlier.find((other) => isSame(other.address, address));
    if (same !== undefined && !isOwn(option) && !isOwn(same.option)) {
      if (isUwsgi(same.option) === isUwsgi(option)) return [];
      const place = `${option} = ${text} is the address of ${same.option} (${same.origin}) already`;
      const advice = 'the first counts; name another address for the second';
      return [warning(origin, `${place}, and is not served`, advice)];
    }
    const first = same ?? earlier.find((other) => overlap(other.address, address, host));
    if (first === undefined || (same === undefined && host.sockets === 'passed')) return [];
    const taken = `${first.option} = ${first.text} (${first.origin})`;
    const sentence = `${option} = ${text} is taken already by ${taken}`;
    const advice = 'name another address for one of them';
    return [error(origin, sentence, advice, exitCodes.unavailable)];
  });
};

/** As in uWSGI it is bound and nobody answers there; here it is not even bound. */
export const sharedSocketsUsed: Rule = ({ settings }) => {
  const served = new Set(listenersOf(settings).map(({ text }) => text));
  return settings['shared-socket'].flatMap(({ text, origin }, number) => {
    if (served.has(text)) return [];
    const sentence = `shared-socket = ${text} is named by no listener, and is not opened`;
    return [warning(origin, sentence, `write http = =${number}, or http-socket = =${number}`)];
  });
};

/** The master's own listeners. */
const owned = ['stats', 'metrics'] as const;

function isOwn(option: string): boolean {
  return owned.some((each) => each === option);
}

/** In the order of their lines. Of several `stats` or `metrics` the last one counts. */
function askedFor({ settings, host }: Facts): readonly Asked[] {
  const listeners = listenersOf(settings);
  const own = owned.flatMap((option) =>
    settings[option].slice(-1).map((written) => ({ option, ...written })),
  );
  return [...listeners, ...own]
    .flatMap((written) => {
      const read = readAddress(written.text);
      if (read.kind !== 'address') return [];
      const directory = absolute(settings.chdir, host.cwd);
      return [{ ...written, address: placed(read.address, directory) }];
    })
    .toSorted((one, other) => (isBefore(one.origin, other.origin) ? -1 : 1));
}

function listenersOf(settings: Settings) {
  const options = ['http', 'http-socket', 'http11-socket', 'socket', 'uwsgi-socket'] as const;
  return options.flatMap((option) => settings[option].map((written) => ({ option, ...written })));
}

/** Paths are made absolute. `localhost` is 127.0.0.1; other names are the start's to look up. */
function placed(address: Address, directory: string): Address {
  if (address.kind === 'path') return { ...address, path: absolute(address.path, directory) };
  const isLocal = address.kind === 'tcp' && address.host === 'localhost';
  return isLocal ? { ...address, host: '127.0.0.1' } : address;
}

function isSame(one: Address, other: Address): boolean {
  const isChosen = one.kind === 'tcp' && one.port === 0;
  return !isChosen && addressKey(one) === addressKey(other);
}

/** Whether one is all addresses of a port, and the other some of them. */
function overlap(one: Address, other: Address, host: ConfigHost): boolean {
  if (one.kind !== 'tcp' || other.kind !== 'tcp') return false;
  if (one.port === 0 || one.port !== other.port) return false;
  const hosts = [one.host, other.host];
  const isAll = hosts.includes('0.0.0.0') && hosts.every(isIpv4);
  const isAllSix = hosts.includes('::') && hosts.every((each) => each.includes(':'));
  const isBoth = hosts.includes('::') && hosts.some(isIpv4) && takesBoth(host);
  return isAll || isAllSix || isBoth;
}

function isIpv4(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

function takesBoth(host: ConfigHost): boolean {
  return host.isFile(BINDV6ONLY) && host.readText(BINDV6ONLY).trim() === '0';
}
