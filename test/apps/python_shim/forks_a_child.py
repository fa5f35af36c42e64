"""Forks on request: ?sleeps leaves a child that lives on, ?returns lets the child come back,
?terminated ends each of some children as soon as it is forked and tells the signals they died of,
?exits=CODE has a child call sys.exit(CODE) and tells the code that its parent sees.
"""

import atexit
import os
import signal
import sys
import time

worker = os.getpid()


@atexit.register
def say():
    print('atexit ran in', 'the spawner' if os.getpid() == worker else 'another', flush=True)


def death_of_a_child():
    pid = os.fork()
    if pid == 0:
        time.sleep(0.5)
        os._exit(0)
    os.kill(pid, signal.SIGTERM)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


def application(environ, start_response):
    if environ['QUERY_STRING'] == 'terminated':
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [repr({death_of_a_child() for _ in range(10)}).encode()]
    if environ['QUERY_STRING'].startswith('exits='):
        pid = os.fork()
        if pid == 0:
            sys.exit(eval(environ['QUERY_STRING'][6:]))
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [str(os.waitpid(pid, 0)[1] >> 8).encode()]
    pid = os.fork()
    if pid == 0 and environ['QUERY_STRING'] == 'sleeps':
        time.sleep(60)
        os._exit(0)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f'{pid} {os.getpid()}'.encode()]
