"""Leaves nothing of the standard streams."""

import sys

del sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    environ['wsgi.errors'].write('written to the log\n')
    return [b'served']
