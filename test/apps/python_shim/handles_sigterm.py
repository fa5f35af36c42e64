"""Has its own SIGTERM handler, which must run in a worker; the answer tells whether it did."""

import signal

seen = []
signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(len(seen)).encode()]
