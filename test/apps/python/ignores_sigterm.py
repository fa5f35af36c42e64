"""Ignores SIGTERM and, when asked, is busy for ever."""

import os
import signal
import sys
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)


def application(environ, start_response):
    if environ["PATH_INFO"] == "/busy":
        print("is busy", file=sys.stderr, flush=True)
    while environ["PATH_INFO"] == "/busy":
        time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
