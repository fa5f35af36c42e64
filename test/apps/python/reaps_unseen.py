"""Once the file `go` is there: the first process reaps a child and is killed before it says so."""

import ctypes
import os
import sys
import threading
import time

_GO = "go"


def reap():
    while not os.path.exists(_GO):
        time.sleep(0.01)
    # No other thread runs Python code while this one does: the call in C keeps the interpreter.
    sys.setswitchinterval(1000)
    os.unlink(_GO)
    ctypes.PyDLL(None).waitpid(-1, None, 0)
    os.kill(os.getpid(), 9)


threading.Thread(target=reap, daemon=True).start()


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
