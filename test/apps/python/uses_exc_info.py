"""Calls start_response anew with exc_info: before a byte (/in-time) or after (/too-late)."""

import sys


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Which", "first")])
    if environ["PATH_INFO"] == "/too-late":
        yield b"the first chunk"
    try:
        raise ValueError("too late to change")
    except ValueError:
        headers = [("Content-Type", "text/plain"), ("X-Which", "second")]
        start_response("503 Mind Changed", headers, sys.exc_info())
    yield b"changed"
