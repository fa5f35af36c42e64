"""Forks a child at import that ends or comes back, as sys.argv[1] says; / tells its exit code."""

import os
import sys

how = sys.argv[1]
pid = os.fork()
if pid == 0:
    if how == 'exits':
        sys.exit(0)
    if how == 'exits with a text':
        sys.exit('a text')
    if how == 'raises':
        raise ValueError('in the child')
    status = 0
else:
    status = None if how == 'comes back' else os.waitpid(pid, 0)[1]


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'unknown' if status is None else str(os.waitstatus_to_exitcode(status)).encode()]
