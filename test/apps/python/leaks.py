"""Leaks threads or processes until the system refuses more; else answers the length of the body."""

import os
import threading
import time

children = []


def leak_threads():
    count = 0
    try:
        while True:
            threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
            count += 1
    except RuntimeError as error:
        return f'{count} threads, then: {error}'


def leak_processes():
    try:
        while True:
            pid = os.fork()
            if pid == 0:
                time.sleep(3600)
                os._exit(0)
            children.append(pid)
    except OSError as error:
        return f'{len(children)} processes, then: {error}'


def free_processes():
    count = len(children)
    while children:
        os.kill(children[-1], 9)
        os.waitpid(children.pop(), 0)
    return f'{count} ended'


ACTIONS = {
    '/threads': leak_threads,
    '/processes': leak_processes,
    '/free': free_processes,
    '/pid': lambda: str(os.getpid()),
}


def application(environ, start_response):
    length = len(environ['wsgi.input'].read())
    action = ACTIONS.get(environ['PATH_INFO'], lambda: str(length))
    text = action()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [text.encode()]
