"""Reads its body in pieces and tells the log: /read to the end, /one one piece, /none nothing."""

import sys


def application(environ, start_response):
    path = environ['PATH_INFO']
    body = environ['wsgi.input']
    print(f'called for {path}', flush=True)
    total = 0
    try:
        while path != '/none':
            piece = body.read1(65536) if path == '/read' else body.read(1)
            total += len(piece)
            if total and path == '/one':
                break
            if not piece:
                break
            if total == len(piece):
                print(f'has the first of {path}', flush=True)
    except OSError as error:
        print(f'the body of {path} ended: {type(error).__name__}: {error}', file=sys.stderr)
        raise
    start_response('200 OK', [('Content-Type', 'text/plain')])
    length = environ.get('CONTENT_LENGTH', 'unknown')
    return [f'{total} of {length}'.encode()]
