/**
 * What must hold between options, and between them and the world.
 */

import { exitCodes } from '../tables/exit-codes.ts';
import { readAddress } from './addresses.ts';

import type { OptionName, Settings } from '../tables/options.ts';
import type { Written } from '../tables/kinds.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { ConfigHost } from './host.ts';

type Given = ReadonlyMap<OptionName, string>;

interface Facts {
  readonly settings: Settings;
  readonly given: Given;
  readonly host: ConfigHost;
}

type Rule = (facts: Facts) => readonly Diagnostic[];

function error(place: string, sentence: string, advice?: string, exitCode = 78): Diagnostic {
  const finding = { severity: 'error', place, sentence, exitCode } as const;
  return advice === undefined ? finding : { ...finding, advice };
}

function warning(place: string, sentence: string, advice?: string): Diagnostic {
  const finding = { severity: 'warning', place, sentence } as const;
  return advice === undefined ? finding : { ...finding, advice };
}

function note(place: string, sentence: string): Diagnostic {
  return { severity: 'note', place, sentence };
}

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
  return [error('', 'there is nothing to listen on', advice)];
};

const addresses: Rule = ({ settings }) =>
  listenersOf(settings).flatMap(({ text, origin }) => {
    const read = readAddress(text);
    return read.kind === 'problem' ? [error(origin, read.what, read.advice)] : [];
  });

const someApplication: Rule = ({ settings, given }) => {
  const has = settings.module !== '' || settings['wsgi-file'] !== '' || settings.mount.length > 0;
  if (has) return [];
  if (settings['static-map'].length > 0) {
    return [note('', 'there is no application: only static files are served')];
  }
  const advice = 'name it, as in `module = app:application` or `wsgi-file = app.py`';
  if (settings['need-app']) {
    return [error('', 'there is no application', advice, exitCodes.noApplication)];
  }
  return [warning(given.get('need-app') ?? '', 'there is no application', advice)];
};

const oneApplication: Rule = ({ settings, given }) => {
  if (settings.module === '' || settings['wsgi-file'] === '') return [];
  const sentence = 'both module and wsgi-file name the application: module is served';
  return [warning(given.get('wsgi-file') ?? '', sentence)];
};

const someProcess: Rule = ({ settings, given }) => {
  const has = settings.module !== '' || settings['wsgi-file'] !== '' || settings.mount.length > 0;
  if (settings.processes > 0 || !has) return [];
  const place = given.get('processes') ?? '';
  return [error(place, 'processes is 0, but an application needs at least one')];
};

const pairs: Rule = ({ settings }) => {
  const names = ['mount', 'static-map', 'env'] as const;
  return names.flatMap((name) =>
    settings[name]
      .filter(({ text }) => !text.includes('='))
      .map(({ text, origin }) =>
        name === 'env'
          ? warning(origin, `env ${text} sets nothing`, `write ${text}=VALUE, or unenv`)
          : error(origin, `${name} needs PATH=…, not "${text}"`),
      ),
  );
};

const privileges: Rule = ({ settings, given, host }) => {
  if (host.uid === 0) return [];
  const own = {
    uid: [host.userName, String(host.uid)],
    gid: [host.groupName, String(host.gid)],
  };
  const others = (['uid', 'gid'] as const).filter(
    (name) => settings[name] !== '' && !own[name].includes(settings[name]),
  );
  const [first] = others;
  if (first === undefined) return [];
  const unit = /^reeve@.+\.service$/.exec(host.unit ?? '')?.[0];
  if (unit !== undefined) {
    return others.map((name) => {
      const [key, owner] = name === 'uid' ? ['User', host.userName] : ['Group', host.groupName];
      const sentence = `${name} = ${settings[name]}, but ${unit} runs as ${owner}`;
      const advice = `put ${key}=${settings[name]} below [Service] in \`systemctl edit ${unit}\``;
      return error(given.get(name) ?? '', sentence, `${advice}, or take ${name} out of the ini`);
    });
  }
  const verb = others.length === 1 ? 'is' : 'are';
  const names = others.join(' and ');
  const sentence = `${names} ${verb} ignored: only root can change that; it stays ${host.userName}`;
  return [warning(given.get(first) ?? '', sentence)];
};

const saidWithoutEffect: Rule = ({ settings, given }) => {
  const notes: Diagnostic[] = [];
  const place = (name: OptionName) => given.get(name) ?? '';
  if (!settings.master) notes.push(note(place('master'), 'there is a master process all the same'));
  if (settings.idle > 0 && !settings['die-on-idle']) {
    const sentence = 'idle alone has no effect: workers stay; with die-on-idle Reeve stops';
    notes.push(note(place('idle'), sentence));
  }
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

const background: Rule = ({ settings, given, host }) => {
  const names = ['daemonize', 'daemonize2'] as const;
  if (host.environment['NOTIFY_SOCKET'] === undefined) return [];
  return names
    .filter((name) => settings[name] !== '')
    .map((name) => {
      const sentence = `${name} under a service manager hides the daemon from it`;
      return warning(given.get(name) ?? '', sentence, 'use logto, or let the journal have the log');
    });
};

const pidfilesApart: Rule = ({ settings, given, host }) => {
  const names = ['pidfile', 'safe-pidfile', 'pidfile2', 'safe-pidfile2'] as const;
  const seen = new Map<string, OptionName>();
  const findings: Diagnostic[] = [];
  for (const name of names) {
    if (settings[name] === '') continue;
    const isLate = name.endsWith('2') && settings.chdir !== '';
    const from = isLate ? `${absolute(settings.chdir, host.cwd)}` : host.cwd;
    const path = host.realPath(absolute(settings[name], from));
    const other = seen.get(path);
    seen.set(path, name);
    if (other === undefined) continue;
    const sentence = `${name} and ${other} name one file, ${settings[name]}`;
    findings.push(error(given.get(name) ?? '', sentence, 'remove one of them'));
  }
  return findings;
};

/** As far as it takes to compare two names; links are the host's to follow. */
function absolute(path: string, from: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${from}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const rules: readonly Rule[] = [
  otherProtocols,
  somethingToListenOn,
  addresses,
  someApplication,
  oneApplication,
  someProcess,
  pairs,
  privileges,
  saidWithoutEffect,
  background,
  pidfilesApart,
];

/** What is wrong or worth saying about the settings as a whole. */
export function checkRules(
  settings: Settings,
  given: Given,
  host: ConfigHost,
): readonly Diagnostic[] {
  return rules.flatMap((rule) => rule({ settings, given, host }));
}
