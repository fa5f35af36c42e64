/** What http-auto-gzip compresses, and what clients get then. */

import { gunzipSync } from 'node:zlib';

import type { Place } from '../support/place.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const application = `
MARKED = [("Content-Type", "text/plain"), ("uWSGI-Encoding", "gzip")]
RESPONSES = {
    "/marked": MARKED,
    "/plain": MARKED[:1],
    "/length": MARKED + [("Content-Length", "10")],
    "/encoded": MARKED + [("Content-Encoding", "identity")],
    "/other": MARKED[:1] + [("uWSGI-Encoding", "br")],
    "/pieces": MARKED,
}

def application(environ, start_response):
    start_response("200 OK", RESPONSES.get(environ["PATH_INFO"], MARKED[:1]))
    if environ["PATH_INFO"] == "/pieces":
        return iter([b"01234", b"", b"56789"])
    return [b"0123456789"]
`;

const accepts: Readonly<Record<string, string>> = {
  gzip: 'br, gzip;q=0.5',
  nothing: '',
  'not gzip': 'gzip;q=0, identity',
};

/** The bytes as a client reads them. */
function read(body: Buffer): string {
  return body[0] === 0x1f ? `${gunzipSync(body).toString()}, from gzip` : body.toString();
}

export async function gzipObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('marks.py', application);
  const ini = [MASTER, 'wsgi-file = marks.py', 'http-auto-gzip = true'].join('\n');
  return whileServing(name, place, { ini }, async (daemon) => {
    const seen: Record<string, string> = {};
    for (const [client, accepted] of Object.entries(accepts)) {
      const headers = { 'accept-encoding': accepted, connection: 'close' };
      for (const target of ['marked', 'plain', 'length', 'encoded', 'other', 'pieces']) {
        const answer = await daemon.get(`/${target}`, { headers });
        const key = `${target}, client takes ${client}`;
        seen[`${key}: body`] = read(answer.body);
        seen[`${key}: encoding`] = String(answer.headers['content-encoding']);
        seen[`${key}: mark`] = String(answer.headers['uwsgi-encoding']);
      }
    }
    return seen;
  });
}
