"""Yields "one", waits for the file that the query names, then yields "two" and "three"."""

import os
import time


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one"
    while not os.path.exists(environ["QUERY_STRING"]):
        time.sleep(0.01)
    yield b"two"
    yield b"three"
