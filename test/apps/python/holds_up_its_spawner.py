"""Answers with its pid. Holds up its spawner, once for each file that appears in its directory.

`hold-lock`: a thread of the import sleeps in C with the interpreter's lock. `hold-fork`: a function
of os.register_at_fork blocks.
"""

import ctypes
import os
import sys
import threading
import time

HOUR = 3600


def takes(name):
    """Whether the file was there; it is gone now, so that the next spawner goes on."""
    try:
        os.unlink(name)
    except FileNotFoundError:
        return False
    print("holds up the spawner:", name, file=sys.stderr, flush=True)
    return True


def hold_lock():
    while not takes("hold-lock"):
        time.sleep(0.05)
    ctypes.PyDLL(None).sleep(HOUR)


def hold_fork():
    if takes("hold-fork"):
        time.sleep(HOUR)


threading.Thread(target=hold_lock, daemon=True).start()
os.register_at_fork(before=hold_fork)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
