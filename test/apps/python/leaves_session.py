"""Moves its worker into a session of its own at the first request, and answers with its pid."""

import os


def application(environ, start_response):
    try:
        os.setsid()
    except PermissionError:
        pass  # It leads its process group already.
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
