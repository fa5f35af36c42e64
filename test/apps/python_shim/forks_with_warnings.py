"""Forks in a request and at the end; each warning is an exception, which is shown in the log."""

import atexit
import os
import sys
import warnings

warnings.simplefilter('error')


def show(unraisable):
    print('unraisable:', unraisable.exc_value, flush=True)


sys.unraisablehook = show


@atexit.register
def fork():
    try:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        print('forked without a warning', flush=True)
    except BaseException as error:
        print('forked with', repr(error), flush=True)


def application(environ, start_response):
    fork()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'']
