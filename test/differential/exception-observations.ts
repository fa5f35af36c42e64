/** What a client is shown of an exception with catch-exceptions. */

import type { Place } from '../support/place.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const application = `
class Odd(Exception):
    pass

def parts(first, error):
    if first:
        yield first
    raise error

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/before":
        raise Odd("a\\nb <i>\\u00e9")
    start_response("200 OK", [("Content-Type", "text/html"), ("X-Mine", "1")])
    if path == "/after":
        raise KeyError("k")
    if path == "/first":
        return parts(b"", ValueError("no part"))
    if path == "/amid":
        return parts(b"a part", ValueError("after a part"))
    return [b"fine"]
`;

const paths = ['/fine', '/before', '/after', '/first', '/amid'];

/** The first line of the page names its maker. */
const shown = (text: string): string =>
  text
    .replace(/^.*exceptions catcher for ("[^"]*").*/, 'caught in $1')
    // Older versions of uwsgi find no frames where Python has 3.11.
    .replaceAll(/^filename: .*\n/gm, '')
    .replaceAll(/^(SERVER_PORT|HTTP_HOST|SERVER_NAME|REMOTE_PORT|UWSGI_ROUTER) = .*\n/gm, '')
    .split('\n')
    .toSorted()
    .join('\n');

export async function exceptionObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('root.py', application);
  const lines = [MASTER, 'wsgi-file = root.py', 'catch-exceptions = true'];
  const headers = { cookie: 'session=secret', 'user-agent': 'test' };
  return whileServing(name, place, { ini: lines.join('\n') }, async (daemon) => {
    const seen: Record<string, string> = {};
    for (const target of paths) {
      const answer = await daemon.get(target, { headers }).catch(() => undefined);
      seen[`${target}, status`] = String(answer?.status);
      seen[`${target}, type`] = String(answer?.headers['content-type']);
      seen[`${target}, text`] = shown(answer?.text ?? '');
    }
    return seen;
  });
}
