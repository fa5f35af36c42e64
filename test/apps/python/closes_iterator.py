"""Answers with an iterator whose close() is counted in the log; the path says how it ends."""

import sys


class Counted:
    def __init__(self, path):
        self.path = path
        self.closed = 0

    def __iter__(self):
        if self.path == "/raises-first":
            raise ValueError("raised before the first chunk")
        yield b"chunk"
        if self.path == "/raises-later":
            raise ValueError("raised after the first chunk")

    def close(self):
        self.closed += 1
        print("closed", self.path, self.closed, file=sys.stderr, flush=True)
        if self.path == "/raises-in-close":
            raise ValueError("raised in close")


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Counted(environ["PATH_INFO"])
