/** PURE. `shared-socket = :80`, and the listeners that name it by its number: `http = =0`. */

import type { Written } from '../../tables/kinds.ts';
import type { Settings } from '../../tables/options/options.ts';

const reference = /^=(\d+)$/;

/** The settings in which listeners have the addresses of the shared sockets that they name. */
export function withSharedSockets(settings: Settings): Settings {
  const shared = settings['shared-socket'];
  if (shared.length === 0) return settings;
  const named = (listeners: readonly Written[]): readonly Written[] =>
    listeners.map((listener) => {
      const number = reference.exec(listener.text)?.[1];
      const found = number === undefined ? undefined : shared[Number(number)];
      return found === undefined ? listener : { ...listener, text: found.text };
    });
  return {
    ...settings,
    http: named(settings.http),
    'http-socket': named(settings['http-socket']),
    'http11-socket': named(settings['http11-socket']),
    socket: named(settings.socket),
    'uwsgi-socket': named(settings['uwsgi-socket']),
  };
}
