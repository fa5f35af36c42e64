"""Waits for a millisecond, as for a database, and says how many requests did so at once at most."""

import threading
import time

_lock = threading.Lock()
_now = 0
_most = 0


def application(environ, start_response):
    global _now, _most
    with _lock:
        _now += 1
        _most = max(_most, _now)
    time.sleep(0.001)
    with _lock:
        _now -= 1
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(_most).encode()]
