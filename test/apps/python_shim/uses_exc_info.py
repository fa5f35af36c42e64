"""Calls start_response again with exc_info: before any byte (?early) or after one (?late)."""

import sys


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    if environ['QUERY_STRING'] == 'late':
        yield b'sent'
    try:
        raise ValueError('the reason')
    except ValueError:
        start_response('500 Oops', [('Content-Type', 'text/html')], sys.exc_info())
    yield b'error page'
