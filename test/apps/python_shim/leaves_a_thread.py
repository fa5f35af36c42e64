"""Has a thread that never ends, not a daemon, and an atexit function that prints."""

import atexit
import threading
import time

atexit.register(print, 'atexit ran')


def linger():
    while True:
        time.sleep(0.1)


def application(environ, start_response):
    if environ['QUERY_STRING'] == 'thread':
        threading.Thread(target=linger, name='lingers').start()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
