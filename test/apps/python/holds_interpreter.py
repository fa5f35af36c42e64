"""Holds the interpreter's lock in C code for as many seconds as the query says, then answers."""

import ctypes
import os
import time

_LIBC = ctypes.PyDLL(None)
_MUTEX_BYTES = 64


class _Moment(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def hold(seconds):
    """Waits for a mutex that this thread has already: no signal ends that, as it ends sleep()."""
    mutex = ctypes.create_string_buffer(_MUTEX_BYTES)
    until = time.time() + seconds
    moment = _Moment(int(until), int(until % 1 * 1_000_000_000))
    _LIBC.pthread_mutex_lock(mutex)
    _LIBC.pthread_mutex_timedlock(mutex, ctypes.byref(moment))


def application(environ, start_response):
    hold(int(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
