"""Answers with its thread, how many threads there are, and waits a little so that two overlap."""

import threading
import time


def application(environ, start_response):
    is_main = threading.current_thread() is threading.main_thread()
    time.sleep(float(environ['QUERY_STRING'] or 0))
    start_response('200 OK', [('Content-Type', 'text/plain')])
    flags = environ['wsgi.multithread'], environ['wsgi.multiprocess']
    return [f'{is_main} {len(threading.enumerate())} {flags}'.encode()]
