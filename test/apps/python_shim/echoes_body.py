"""Reads the body as the query says: read, sizes, readline, line, readlines, iterate, none."""


def application(environ, start_response):
    stream = environ['wsgi.input']
    how = environ['QUERY_STRING']
    if how == 'read':
        parts = [stream.read(-1), stream.read(5)]
    elif how == 'sizes':
        parts = []
        while True:
            part = stream.read(7)
            parts.append(part)
            if not part:
                break
    elif how == 'readline':
        parts = [stream.readline(), stream.readline(3), stream.readline(), stream.readline(0)]
    elif how == 'line':
        parts = [stream.readline()]
    elif how == 'readlines':
        parts = stream.readlines(6) + [b'/'] + stream.readlines()
    elif how == 'iterate':
        parts = list(stream)
    else:
        parts = []
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'|'.join(parts)]
