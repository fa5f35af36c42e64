"""Prints to both streams, with odd bytes and a traceback, and answers "said"."""

import os
import sys
import traceback


def application(environ, start_response):
    print("on stdout", flush=True)
    print("on stderr", file=sys.stderr, flush=True)
    os.write(2, b"odd \xff bytes \x1b[31m\n")
    try:
        raise ValueError("shown, not fatal")
    except ValueError:
        traceback.print_exc()
    environ["wsgi.errors"].write("on wsgi.errors\n")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"said"]
