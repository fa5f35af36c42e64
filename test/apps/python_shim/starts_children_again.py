"""Keeps a child in a thread, as process pools do; / tells the group that its children are in."""

import os
import subprocess
import threading

# A zombie: the group stays as long as one that lives is in it.
first = subprocess.Popen(['sleep', '60'], preexec_fn=lambda: os.setpgid(0, 0))


def keep_one():
    while True:
        subprocess.Popen(['sleep', '60'], preexec_fn=lambda: os.setpgid(0, first.pid)).wait()


threading.Thread(target=keep_one, daemon=True).start()


def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(first.pid).encode()]
