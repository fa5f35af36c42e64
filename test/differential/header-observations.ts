/** The headers of a response under add-header, del-header, collect-header and pull-header. */

import type { Place } from '../support/place.ts';
import { until } from '../support/until.ts';
import type { Observations } from './compare.ts';
import { MASTER, whileServing } from './servers.ts';
import type { ServerName } from './servers.ts';

const application = `
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-A", "1"), ("x-b", "2"),
                              ("X-A", "3"), ("X-Frame-Options", "DENY"), ("Content-Length", "2")])
    return [b"ok"]
`;

const cases: Readonly<Record<string, readonly string[]>> = {
  add: ['add-header = X-Frame-Options: SAMEORIGIN', 'add-header = X-C: d: e'],
  'add and close': ['add-header = Connection: close'],
  delete: ['del-header = x-a', 'rem-header = X-FRAME-OPTIONS'],
  'delete and add': ['del-header = X-A', 'add-header = X-A: mine'],
  collect: ['collect-header = X-A NOTED', 'response-header-collect = X-B SEEN'],
  pull: ['pull-header = X-A NOTED', 'pull-header = X-B SEEN'],
  'pull and add': ['pull-header = X-A NOTED', 'add-header = X-A: mine'],
  'pull and collect': ['collect-header = X-A SEEN', 'pull-header = X-A NOTED'],
  'delete and collect': ['del-header = X-A', 'collect-header = X-A NOTED'],
};

/** Those that say how it is sent, and those of a file. */
const ofTheServer = new Set([
  ...['connection', 'content-length', 'date', 'keep-alive', 'expires', 'server'],
  ...['accept-ranges', 'etag', 'last-modified'],
]);

/** Headers without the server's own, and what log-format makes of the variables. */
export async function headerObservations(name: ServerName, place: Place): Promise<Observations> {
  place.write('root.py', application);
  place.write('files/page.txt', 'text');
  const seen: Record<string, string> = {};
  for (const [what, lines] of Object.entries(cases)) {
    const format = 'log-format = noted:%(uri):%(var.NOTED):%(var.SEEN):';
    const map = 'static-map = /files=files';
    const ini = [MASTER, 'wsgi-file = root.py', map, format, ...lines].join('\n');
    await whileServing(name, place, { ini }, async (daemon) => {
      const from = daemon.mark();
      for (const target of ['/asked', '/files/page.txt']) {
        const { headers } = await daemon.get(target);
        const kept = Object.entries(headers).filter(([header]) => !ofTheServer.has(header));
        seen[`${what}, ${target}`] = JSON.stringify(kept);
      }
      const line = /noted:\/asked:(\S*)/;
      await until('the line is there', () => line.test(daemon.log(from)));
      seen[`${what}, variables`] = line.exec(daemon.log(from))?.[1] ?? '';
    });
  }
  return seen;
}
