"""Holds the interpreter's lock in C code for as many seconds as the query says, then answers."""

import ctypes
import os


def application(environ, start_response):
    ctypes.PyDLL(None).sleep(int(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
