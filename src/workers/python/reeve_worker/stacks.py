"""Python stacks of a thread whose request hangs, or of all threads while an import hangs.

faulthandler writes them from a signal handler in C, so they also come while other C code holds the
GIL. The gateway signals the one thread that it asks about, the master the main thread of a process
that imports the application; where that thread is found, and what was written, stands in a memory
file of the name below, which they open through /proc. The lines that begin with `thread` say which
thread of the system serves which slot.
"""

from __future__ import annotations

import _signal as signal
import _thread
import faulthandler
import fcntl
import io
import os
from types import FrameType

from .own_descriptors import above_standard, own

# Twins in stacks/stacks.ts. Real-time signals: nobody sends them for another purpose.
SIGNAL = 45
QUESTION_SIGNAL = 46
FILE_NAME = 'reeve-stacks'
ANSWER = b'python answers\n'

_files: list[io.FileIO] = []


def prepare_for_import() -> None:
    """Before the application is imported: a signal shows the stacks of all threads.

    The other signal asks whether the main thread still runs Python code: its handler is Python's.
    """
    _close()
    _open(all_threads=True)
    signal.signal(QUESTION_SIGNAL, _answer)


def prepare() -> None:
    """Once in a worker, before its slots take requests; where it fails there are no stacks."""
    _close()
    _open(all_threads=False)


def _open(*, all_threads: bool) -> None:
    try:
        file = io.FileIO(above_standard(os.memfd_create(FILE_NAME)), 'r+')
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)  # Two threads may write at once.
        faulthandler.register(SIGNAL, file=file, all_threads=all_threads)
    except (AttributeError, OSError, ValueError, RuntimeError):
        return
    own.hold(file)
    _files.append(file)


def _close() -> None:
    """The file of the spawner, which a worker has from it."""
    for file in _files:
        faulthandler.unregister(SIGNAL)
        own.release(file)
    _files.clear()


def _answer(_number: int, _frame: FrameType | None) -> None:
    for file in _files:
        os.write(file.fileno(), ANSWER)


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
