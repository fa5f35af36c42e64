"""Starts at import a Manager, a child that ignores SIGTERM, and one that starts another.

/ tells their pids. At the end it says so in the log. With `chroot` it then leaves its root.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys


def ignore_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


stubborn = subprocess.Popen(['sleep', '60'], preexec_fn=ignore_sigterm)
below = subprocess.Popen(['sh', '-c', 'sleep 60 & echo $!; wait'], stdout=subprocess.PIPE)
deepest = int(below.stdout.readline())
manager = multiprocessing.get_context('fork').Manager()
pids = [stubborn.pid, below.pid, deepest, manager._process.pid]


if sys.argv[1:] == ['chroot']:
    os.chroot(os.getcwd())


@atexit.register
def say():
    print('atexit ran in the spawner', flush=True)


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [' '.join(map(str, pids)).encode()]
