/** Which listeners the settings ask for, what is spoken there, and what holds for all of them. */
import type { Settings } from '../../tables/options/options.ts';
import type { ListenerRequest, ListenerTerms } from './listeners.ts';
import { readOwner, type Owner } from '../start/privileges.ts';

const listenerOptions = ['http', 'http-socket', 'http11-socket', 'socket', 'uwsgi-socket'] as const;

/** The options that listeners are given to, and what clients speak to those. */
export function listenerProtocols(
  settings: Settings,
): ReadonlyMap<(typeof listenerOptions)[number], ListenerRequest['protocol']> {
  const speaksUwsgi = new Set<string>(settings.protocol === 'uwsgi' ? ['socket'] : []).add(
    'uwsgi-socket',
  );
  return new Map(
    listenerOptions.map((option) => [option, speaksUwsgi.has(option) ? 'uwsgi' : 'http']),
  );
}

/** The listeners that are asked for, with the option that each was written as. */
export function listenerRequests(settings: Settings): readonly ListenerRequest[] {
  return [...listenerProtocols(settings)].flatMap(([option, protocol]) =>
    settings[option].map(({ text, origin }) => ({ name: text, option, protocol, origin })),
  );
}

export function listenerTerms(settings: Settings, user: Owner | undefined): ListenerTerms {
  const owner = settings['chown-socket'];
  return {
    backlog: settings.listen,
    mode: settings['chmod-socket'],
    owner: owner === '' ? user : readOwner(owner, 'chown-socket'),
  };
}
