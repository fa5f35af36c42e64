"""Yields a chunk, then waits for a file named by the query string before it yields the next."""

import os
import time


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    yield b'first'
    while not os.path.exists(environ['QUERY_STRING']):
        time.sleep(0.01)
    yield b''
    yield b'second'
