"""The smallest application, without any package."""

import os


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f'Hello from worker {os.getpid()}\n'.encode()]
