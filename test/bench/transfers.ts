/**
 * Large bodies: uploads of 1 MB, downloads of 1 MB and 100 MB, as pieces and as a file
 * (`wsgi.file_wrapper`), through nginx and direct. Megabytes per second that wrk has received or
 * sent on four connections.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { inDirectory, inTurn, whileAllServe } from './contest.ts';
import type { Terms } from './contest.ts';
import { per } from './kept.ts';
import { measure, processorOf, transferOf, warmUp } from './load.ts';
import type { Measured } from './load.ts';
import { behind, whileNginx } from './nginx.ts';

import type { Row, ServerName } from './report.ts';
import { serverAt } from './servers.ts';
import type { Place, Server } from './servers.ts';

const module = 'bench_transfers';
const connections = 4;
const MEGABYTE = 1_000_000;

export const about =
  'Large bodies on 4 connections, 2 processes × 2 threads: megabytes per second, and the processor ' +
  'time of the server for each megabyte. Behind nginx Reeve and uWSGI have a unix socket ' +
  '(`uwsgi_pass`), the others `proxy_pass`; direct, connections are kept.';

const application = `
import os
PIECE = b'x' * 65536
MEGABYTE = b'x' * ${MEGABYTE}
COUNT = 1526
HUGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'huge')

def pieces():
    for _ in range(COUNT):
        yield PIECE

# Granian has no wrapper of files.
def in_pieces(file, size):
    return iter(lambda: file.read(size), b'')

def application(environ, start_response):
    path = environ['PATH_INFO']
    body, length = [b'well'], 4
    if path == '/up':
        while environ['wsgi.input'].read(65536):
            pass
    elif path == '/megabyte':
        body, length = [MEGABYTE], len(MEGABYTE)
    elif path == '/pieces':
        body, length = pieces(), COUNT * len(PIECE)
    elif path == '/file':
        file = open(HUGE, 'rb')
        wrapper = environ.get('wsgi.file_wrapper', in_pieces)
        body, length = wrapper(file, 65536), os.path.getsize(HUGE)
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(length))])
    return body
`;

const uploading = `
wrk.method = 'POST'
wrk.body = string.rep('x', ${MEGABYTE})
wrk.headers['Content-Type'] = 'application/octet-stream'
`;

interface Kind {
  readonly what: string;
  readonly target: string;
  /** Of one body. */
  readonly megabytes: number;
}

const kinds: readonly Kind[] = [
  { what: 'upload of 1 MB', target: '/up', megabytes: 1 },
  { what: 'download of 1 MB', target: '/megabyte', megabytes: 1 },
  { what: 'download of 100 MB, in pieces', target: '/pieces', megabytes: 100 },
  { what: 'download of 100 MB, a file', target: '/file', megabytes: 100 },
];

const all = ['reeve', 'uwsgi', 'gunicorn', 'granian'] as const;
const ways = { 'through nginx': 18_960, direct: 18_970 } as const;
type WayName = keyof typeof ways;

function frontOf(name: ServerName): Parameters<typeof behind>[0] {
  const port = ways['through nginx'] + 2 * all.findIndex((each) => each === name);
  return { port, passing: name === 'reeve' || name === 'uwsgi' ? 'uwsgi-unix' : 'http' };
}

function serverOn(way: WayName, name: ServerName, directory: string): Server {
  const hosted = { port: 0, module, threads: 2 };
  if (way === 'through nginx') return serverAt(name, hosted, behind(frontOf(name), directory));
  const port = ways.direct + all.findIndex((each) => each === name);
  const bind = `127.0.0.1:${port}`;
  const keeping = name === 'uwsgi' ? ['--http-keepalive'] : [];
  const place: Place = { options: ['--http', bind, ...keeping], bind, port };
  return serverAt(name, hosted, place);
}

async function rowsOf(
  way: WayName,
  directory: string,
  terms: Terms,
): Promise<readonly (readonly [Row, Row])[]> {
  const servers = all.filter(terms.isAsked).map((name) => serverOn(way, name, directory));
  return whileAllServe(servers, directory, async (pids) => {
    const here = servers.filter(({ name }) => pids.has(name));
    const rows: (readonly [Row, Row])[] = [];
    for (const { what, target, megabytes } of kinds) {
      const isUpload = target === '/up';
      const more = isUpload ? ['-s', join(directory, 'upload.lua')] : [];
      const load = { target, connections, seconds: terms.seconds, more };
      for (const { port } of here) if (megabytes === 1) warmUp({ ...load, port });
      const seen = await inTurn(here, terms.rounds, ({ name, port }) =>
        inMegabytes(measure(pids.get(name) ?? 0, { ...load, port }), isUpload),
      );
      const row = { part: 'transfers', what: `${what}, ${way}` };
      rows.push([
        { ...row, unit: 'MB/s', better: 'more', figures: per(seen, transferOf) },
        {
          ...{ part: 'transfers', what: `${what}, ${way}: processor time`, unit: 'µs/MB' },
          ...{ better: 'less', figures: per(seen, processorOf) },
        },
      ]);
    }
    return rows;
  });
}

/** wrk counts what it receives: for an upload, what it has sent is in the requests. */
function inMegabytes(seen: Measured, isUpload: boolean): Measured {
  const { perSecond, megabytesPerSecond, seconds } = seen;
  if (isUpload) return { ...seen, megabytesPerSecond: (perSecond * MEGABYTE) / 1e6 };
  return { ...seen, requests: megabytesPerSecond * seconds };
}

export async function run(terms: Terms): Promise<readonly Row[]> {
  const files = { [`${module}.py`]: application, 'upload.lua': uploading };
  const rows = await inDirectory(files, async (directory) => {
    writeFileSync(join(directory, 'huge'), Buffer.alloc(100 * MEGABYTE, 'x'));
    return whileNginx(all.map(frontOf), directory, async () => [
      ...(await rowsOf('through nginx', directory, terms)),
      ...(await rowsOf('direct', directory, terms)),
    ]);
  });
  return [...rows.map(([rate]) => rate), ...rows.map(([, time]) => time)];
}
