"""Sends by write() first, and returns more; waits in between for a file that the query names."""

import os
import time


def application(environ, start_response):
    write = start_response('200 OK', [('Content-Type', 'text/plain')])
    write(b'one,')
    gate = environ['QUERY_STRING']
    while gate and not os.path.exists(gate):
        time.sleep(0.01)
    try:
        write(b'two,')
    except OSError:
        print('write() raised OSError')
        raise
    return [b'three', b',four']
