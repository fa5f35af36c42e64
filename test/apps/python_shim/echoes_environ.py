"""Answers with the environ, one sorted `name = repr` a line, then the body it was sent."""


def application(environ, start_response):
    body = environ['wsgi.input'].read(-1)
    lines = [f'{name} = {value!r}\n' for name, value in sorted(environ.items())]
    start_response('200 OK', [('Content-Type', 'text/plain; charset=latin-1')])
    return [''.join(lines).encode('latin-1', 'replace'), body]
