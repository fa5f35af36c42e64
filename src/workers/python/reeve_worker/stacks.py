"""The Python stack of a thread whose request hangs, for the gateway to read.

faulthandler writes it from a signal handler in C, so it also comes while other C code holds the
GIL. The gateway signals the one thread that it asks about; where that thread is found, and what it
wrote, stands in a memory file of the name below, which the gateway opens through /proc. The lines
that begin with `thread` say which thread of the system serves which slot.
"""

from __future__ import annotations

import _thread
import faulthandler
import fcntl
import io
import os

from .own_descriptors import above_standard, own

# Twins in gateway/workers/stack.ts. A real-time signal: nobody sends it for another purpose.
SIGNAL = 45
FILE_NAME = 'reeve-stacks'

_files: list[io.FileIO] = []


def prepare() -> None:
    """Once in a worker, before its slots take requests; where it fails there are no stacks."""
    try:
        file = io.FileIO(above_standard(os.memfd_create(FILE_NAME)), 'r+')
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)  # Two threads may write at once.
        faulthandler.register(SIGNAL, file=file, all_threads=False)
    except (AttributeError, OSError, ValueError, RuntimeError):
        return
    own.hold(file)
    _files.append(file)


def announce(thread: int) -> None:
    """Says that the calling thread serves this slot."""
    for file in _files:
        try:
            file.write(f'thread {thread} {_thread.get_native_id()}\n'.encode())
        except (OSError, ValueError):
            pass  # The application has closed what is ours; it is told where that costs a request.


def forget_in_application_child() -> None:
    """A child of the application's is asked by nobody, and the file is not open there."""
    if _files:
        faulthandler.unregister(SIGNAL)
        _files.clear()
