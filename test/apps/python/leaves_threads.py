"""Starts a thread named "the-poller" at import, that never ends, and is no daemon thread."""

import threading


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(threading.active_count()).encode()]


threading.Thread(target=threading.Event().wait, name="the-poller").start()
