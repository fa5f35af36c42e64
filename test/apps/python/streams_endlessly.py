"""Streams without end, and says in the log when its iterator is closed and how often."""

import sys


class Endless:
    def __init__(self):
        self.closed = 0

    def __iter__(self):
        return self

    def __next__(self):
        return b"x" * 65536

    def close(self):
        self.closed += 1
        print("iterator closed", self.closed, file=sys.stderr, flush=True)


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return Endless() if environ["PATH_INFO"] == "/endless" else [b"done"]
