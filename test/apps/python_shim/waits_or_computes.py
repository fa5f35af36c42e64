"""Sleeps for a moment where its path says so; else it only computes."""

import time


def application(environ, start_response):
    if environ['PATH_INFO'] == '/sleeps':
        time.sleep(0.001)
    start_response('200 OK', [('Content-Length', '2')])
    return [b'ok']
