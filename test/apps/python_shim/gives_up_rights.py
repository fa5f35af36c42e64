"""Gives up at import what sys.argv[1] names: its user, its root directory, or its descriptors."""

import os
import resource
import sys

NOBODY = 65534

if sys.argv[1] == 'user':
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
elif sys.argv[1] == 'root':
    os.chroot(os.getcwd())
elif sys.argv[1] == 'descriptors':
    used = max(map(int, os.listdir('/proc/self/fd')))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 1, used + 1))


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f'{os.getuid()}'.encode()]
