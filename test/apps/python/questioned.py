"""Requests that fail, hang or wait, for questions about one of them."""

import time


def application(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/raise':
        raise LookupError('no such row')
    if path == '/hang':
        rows()
    if path == '/broken':
        start_response('200 OK', [('Content-Length', '10')])
        return [b'half']
    start_response('500 Its Own' if path == '/own' else '200 OK', [])
    return [b'well']


def rows():
    time.sleep(1000)
