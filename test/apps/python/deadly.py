"""Ends its process where the path says; elsewhere it answers with its pid.

`/exit…?FILE` and `/segfault…?FILE` kill the worker as long as there is no such file. `/slow?SECONDS`
takes its time, `/hang` takes all of it.
"""

import ctypes
import os
import time


def application(environ, start_response):
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if "exit" in path and not os.path.exists(query):
        os._exit(3)
    if "segfault" in path and not os.path.exists(query):
        ctypes.string_at(0)
    if path == "/slow":
        time.sleep(float(query))
    if path == "/hang":
        time.sleep(3600)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
