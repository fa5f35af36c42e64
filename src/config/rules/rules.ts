/**
 * What must hold between options, and between them and the world.
 */

import { readNetwork } from '../../base/networks.ts';
import { exitCodes } from '../../tables/exit-codes.ts';
import { readPattern } from '../../base/pattern.ts';
import { pluginName } from '../../tables/plugins.ts';
import { languageOf } from '../../tables/uwsgi/languages.ts';
import { readAddress } from '../values/addresses.ts';
import { readExpires } from '../values/expires.ts';
import { isHeaderName, readCollected, readHeader } from '../values/headers.ts';
import { addressesApart, sharedSocketsUsed } from './address-rules.ts';
import { crons, daemons, farms, raisers } from './job-rules.ts';
import { logFormats } from './log-rules.ts';
import { encoders, loggers, rotation, routes } from './logger-rules.ts';
import { healthPath, routeLabels, statsPushed, statusPageHosts } from './observing-rules.ts';
import { cheaperBounds, pidfilesApart, privileges, recyclingApart } from './process-rules.ts';
import { error, note, warning } from './rule.ts';

import type { OptionName, Settings } from '../../tables/options/options.ts';
import { threadsRefusal, type Written } from '../../tables/kinds.ts';
import type { Diagnostic } from '../reading/diagnostic.ts';
import type { ConfigHost } from '../reading/host.ts';
import type { Facts, Given, Rule } from './rule.ts';

function listenersOf(settings: Settings): readonly Written[] {
  const options = ['http', 'http-socket', 'http11-socket', 'socket', 'uwsgi-socket'] as const;
  return options.flatMap((option) => settings[option]);
}

const otherProtocols: Rule = ({ settings }) => {
  if (['uwsgi', 'http', 'http11'].includes(settings.protocol)) return [];
  const advice = 'use http-socket and proxy_pass in nginx, or socket and uwsgi_pass';
  return settings.socket.map(({ text, origin }) => {
    const sentence = `socket ${text} would speak ${settings.protocol}, which Reeve does not have`;
    return error(origin, sentence, advice);
  });
};

const somethingToListenOn: Rule = ({ settings, host }) => {
  if (listenersOf(settings).length > 0 || host.sockets === 'passed') return [];
  const byUnit = host.sockets === 'unknown' ? ', or have a socket unit pass a socket' : '';
  const advice = `name an address, as in \`http = :8000\`${byUnit}`;
  return [{ ...error('', 'there is nothing to listen on', advice), needsSocket: true }];
};

const addresses: Rule = ({ settings }) =>
  [...listenersOf(settings), ...settings.stats, ...settings.metrics].flatMap(({ text, origin }) => {
    const read = readAddress(text);
    if (read.kind === 'problem') return [error(origin, read.what, read.advice)];
    if (!/^\d+$/.test(text)) return [];
    const sentence = `${text} is the name of a unix socket, as in uWSGI`;
    return [warning(origin, sentence, `for port ${text} write :${text}`)];
  });

/** A file for another language would start without an application, or end for want of one. */
function otherLanguage({ settings, names }: Pick<Facts, 'settings' | 'names'>) {
  const options = [...names].map(([name, place]) => ({ name, place }));
  const plugins = settings.plugins.map(({ text, origin }) => {
    return { name: pluginName(text), place: origin };
  });
  return [...options, ...plugins]
    .map((each) => ({ ...each, language: languageOf(each.name) }))
    .find(({ language }) => language !== undefined);
}

/** Whether the settings name one. */
export function hasApplication({ module, paste, mount, 'wsgi-file': file }: Settings): boolean {
  return module !== '' || file !== '' || paste !== '' || mount.length > 0;
}

const someApplication: Rule = ({ settings, given, names }) => {
  if (hasApplication(settings)) return [];
  const other = otherLanguage({ settings, names });
  if (other !== undefined) {
    const sentence = `this file is for ${other.language} (${other.name})`;
    return [error(other.place, sentence, 'Reeve runs Python applications only')];
  }
  const directories = ['static-map', 'static-map2', 'check-static'] as const;
  if (directories.some((name) => settings[name].length > 0)) {
    return [note('', 'there is no application: only static files are served')];
  }
  const advice = settings.vhost
    ? 'what a front server names (UWSGI_SCRIPT) is not loaded: write `mount = HOST|=app.py` for each host'
    : 'name it, as in `module = app:application` or `wsgi-file = app.py`';
  if (settings['need-app']) {
    return [error('', 'there is no application', advice, exitCodes.noApplication)];
  }
  return [warning(given.get('need-app') ?? '', 'there is no application', advice)];
};

const oneApplication: Rule = ({ settings, given }) => {
  const names = (['module', 'wsgi-file', 'paste'] as const).filter((name) => settings[name] !== '');
  const [served, ...others] = names;
  const twice = others.map((name) => {
    const sentence = `both ${served} and ${name} name the application: as in uWSGI ${served} is served`;
    return warning(given.get(name) ?? '', sentence);
  });
  return twice;
};

/** Where uWSGI does something else with several applications, or only seems to serve all. */
const severalMounts: Rule = ({ settings }) => {
  const places = settings.mount.map(({ text }) => text.slice(0, text.indexOf('=')));
  const twice = settings.mount.flatMap(({ origin }, at) => {
    const place = places[at] ?? '';
    if (places.indexOf(place) === at) return [];
    return [
      warning(origin, `something is mounted at ${place} already: as in uWSGI the first counts`),
    ];
  });
  const isBesideDefault = hasApplication({ ...settings, mount: [] });
  const last = settings.mount.at(-1);
  if (last === undefined || settings.mount.length + (isBesideDefault ? 1 : 0) === 1) return twice;
  const shared =
    'all applications share one Python interpreter, with its modules and os.environ: as in uWSGI with ' +
    'single-interpreter, and without it each has its own there';
  const root = settings.mount[places.indexOf('/')];
  const rest = 'mount / answers what no other mount does; in uWSGI the first mount would';
  return [
    ...twice,
    ...(settings['single-interpreter'] ? [] : [warning(last.origin, shared)]),
    ...(root === undefined || isBesideDefault || places[0] === '/'
      ? []
      : [note(root.origin, rest)]),
  ];
};

const shownExceptions: Rule = ({ settings, given }) => {
  if (!settings['catch-exceptions']) return [];
  const sentence =
    'catch-exceptions shows clients tracebacks with lines of your code, and the variables of their ' +
    'requests';
  const advice = 'remove it where others than developers reach this application';
  return [warning(given.get('catch-exceptions') ?? '', sentence, advice)];
};

const someProcess: Rule = ({ settings, given }) => {
  if (settings.processes > 0 || !hasApplication(settings)) return [];
  const place = given.get('processes') ?? '';
  return [error(place, 'processes is 0, but an application needs at least one')];
};

/** Python alone takes about as much before it has begun; uWSGI does not start with 40 MiB. */
const LIMIT_AS_MIN = 32;

const roomForPython: Rule = ({ settings, given }) => {
  const limit = settings['limit-as'];
  if (limit === 0 || limit >= LIMIT_AS_MIN || !hasApplication(settings)) return [];
  const sentence = `limit-as is ${limit} MiB, in which Python does not start`;
  const advice = 'give it what the application needs, and 8 MiB more for each thread';
  return [error(given.get('limit-as') ?? '', sentence, advice)];
};

const notTooManyThreads: Rule = ({ settings, given }) => {
  const sentence = threadsRefusal(settings);
  if (sentence === undefined) return [];
  return [error(given.get('threads') ?? '', sentence, 'reduce one of them')];
};

const pairs: Rule = ({ settings }) => {
  const names = ['mount', 'static-map', 'static-map2'] as const;
  const aliases = ['pymodule-alias', 'post-pymodule-alias'] as const;
  const without = (name: (typeof names)[number] | (typeof aliases)[number] | 'env') =>
    settings[name].filter(({ text }) => !text.includes('='));
  return [
    ...names.flatMap((name) =>
      without(name).map(({ text, origin }) => error(origin, `${name} needs PATH=…, not "${text}"`)),
    ),
    ...without('env').map(({ text, origin }) =>
      warning(origin, `env ${text} sets nothing`, `write ${text}=VALUE, or unenv`),
    ),
    ...aliases.flatMap((name) =>
      without(name).map(({ text, origin }) =>
        warning(origin, `${name} ${text} names no module`, `write ${text}=MODULE`),
      ),
    ),
  ];
};

const patterns: Rule = ({ settings }) => {
  const kinds = ['', '-uri', '-path-info', '-type'] as const;
  const expires = kinds.flatMap((kind) => {
    const names = [`static-expires${kind}`, `static-expires${kind}-mtime`] as const;
    return names.flatMap((name) =>
      settings[name].flatMap(({ text, origin }) => {
        const read = readExpires(text, kind === '-type' ? 'type' : 'pattern');
        return read.kind === 'rule' ? [] : [error(origin, `${name}: ${read.sentence}`)];
      }),
    );
  });
  const compressed = settings['static-gzip']
    .filter(({ text }) => readPattern(text) === undefined)
    .map(({ text, origin }) => {
      return error(origin, `static-gzip: "${text}" is not a regular expression`);
    });
  return [...expires, ...compressed];
};

const headers: Rule = ({ settings }) => {
  const wrong = (
    option: 'add-header' | 'del-header' | 'collect-header' | 'pull-header' | 'http-var',
    form: string,
    isRight: (text: string) => boolean,
  ): Diagnostic[] =>
    settings[option]
      .filter(({ text }) => !isRight(text))
      .map(({ text, origin }) => error(origin, `${option} needs ${form}, not "${text}"`));
  const isCollected = (text: string): boolean => readCollected(text) !== undefined;
  return [
    ...wrong('add-header', 'NAME: VALUE', (text) => readHeader(text) !== undefined),
    ...wrong('del-header', 'the name of a header', isHeaderName),
    ...wrong('collect-header', 'HEADER VARIABLE', isCollected),
    ...wrong('pull-header', 'HEADER VARIABLE', isCollected),
    ...wrong('http-var', 'NAME=VALUE', (text) => /^[A-Za-z_]\w*=[^\0]*$/.test(text)),
  ];
};

const saidWithoutEffect: Rule = ({ settings, given }) => {
  const notes: Diagnostic[] = [];
  const place = (name: OptionName) => given.get(name) ?? '';
  if (!settings.master) notes.push(note(place('master'), 'there is a master process all the same'));
  if (settings['die-on-idle'] && settings.idle === 0) {
    notes.push(note(place('die-on-idle'), 'die-on-idle has no effect without idle = SECONDS'));
  }
  if (settings['http-processes'] > 1) {
    notes.push(note(place('http-processes'), 'one gateway serves all clients'));
  }
  if (!settings['auto-procname']) {
    notes.push(note(place('auto-procname'), 'processes are named after what they do all the same'));
  }
  return notes;
};

const proxies: Rule = ({ settings }) =>
  settings['trusted-proxies']
    .filter(({ text }) => text !== 'unix' && readNetwork(text) === undefined)
    .map(({ text, origin }) => {
      const advice = 'write addresses as in `trusted-proxies = 10.0.0.0/8, ::1`, or unix';
      return error(origin, `trusted-proxies: "${text}" is no address and no network`, advice);
    });

const rules: readonly Rule[] = [
  otherProtocols,
  somethingToListenOn,
  addresses,
  addressesApart,
  sharedSocketsUsed,
  someApplication,
  shownExceptions,
  oneApplication,
  severalMounts,
  someProcess,
  notTooManyThreads,
  roomForPython,
  pairs,
  proxies,
  patterns,
  headers,
  privileges,
  saidWithoutEffect,
  pidfilesApart,
  recyclingApart,
  cheaperBounds,
  logFormats,
  loggers,
  encoders,
  routes,
  rotation,
  daemons,
  crons,
  farms,
  raisers,
  routeLabels,
  healthPath,
  statsPushed,
  statusPageHosts,
];

/** What is wrong or worth saying about the settings as a whole. */
export function checkRules(
  settings: Settings,
  given: Given,
  host: ConfigHost,
  names: Facts['names'],
): readonly Diagnostic[] {
  return rules.flatMap((rule) => rule({ settings, given, host, names }));
}
