"""Writes to the log in every way that a program has; answers with its pid.

    /print  what Python, C code and a child process write, lines without an end and odd bytes
    /raise  an exception
    /die    half a line, and then its end
"""

import ctypes
import logging
import os
import subprocess
import sys
import threading
import traceback

logging.basicConfig(format="%(levelname)s %(message)s")


def fail():
    raise ValueError("of many\n\nlines \x1b[31m \u2028 \x1e")


def print_all():
    print("a line of print")
    print("several\nlines\nof print")
    print("x" * 100_000)
    print("half a line ", end="", flush=True)
    os.write(2, b"odd \xff\xfe\x00 bytes\n\x1e1.1 . {\"msg\":3}\n\xe2\x82")
    ctypes.CDLL(None).dprintf(2, b"by C %s\n", b"code")
    subprocess.run(["sh", "-c", "echo by a child; printf 'no end' >&2"], check=True)
    logging.warning("a warning\nof two lines")
    try:
        fail()
    except ValueError:
        traceback.print_exc()
        logging.exception("caught")
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.stderr.write("no end of stderr")
    sys.stderr.flush()


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/print":
        print_all()
    if path == "/raise":
        fail()
    if path == "/die":
        os.write(1, b"half of a last line")
        os.kill(os.getpid(), 9)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
