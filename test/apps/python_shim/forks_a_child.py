"""Forks on request: ?sleeps leaves a child that lives on, ?returns lets the child come back."""

import os
import time


def application(environ, start_response):
    pid = os.fork()
    if pid == 0 and environ['QUERY_STRING'] == 'sleeps':
        time.sleep(60)
        os._exit(0)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f'{pid} {os.getpid()}'.encode()]
