"""/much sends 1 MB, everything else a word."""

MUCH = b'x' * 1_000_000


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [MUCH if environ['PATH_INFO'] == '/much' else b'well']
