"""Prints a line for each request."""


def application(environ, start_response):
    print('printed', environ['PATH_INFO'])
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
