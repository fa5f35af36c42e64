"""Holds 200 MB of memory that it writes once, at import."""

import os

HELD = [bytes([number % 256]) * 1_000_000 for number in range(200)]


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
