"""Sends by write() first, and returns more."""


def application(environ, start_response):
    write = start_response('200 OK', [('Content-Type', 'text/plain')])
    write(b'one,')
    write(b'two,')
    return [b'three', b',four']
