"""Leaves a thread behind that is no daemon thread and never ends, at each request."""

import threading


def application(environ, start_response):
    threading.Thread(target=threading.Event().wait).start()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"left a thread"]
