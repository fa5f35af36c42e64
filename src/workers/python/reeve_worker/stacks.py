"""Python stacks of a thread whose request hangs, or of all threads of a process.

faulthandler writes them from a signal handler in C, so they also come while other C code holds the
GIL. Each thread writes its own: that of another one may change while it is read. The gateway and
the master signal one thread after the other (stacks/stacks.ts); what was written stands in a memory
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
SIGNALS = (SIGNAL, QUESTION_SIGNAL)
FILE_NAME = 'reeve-stacks'
ANSWER = b'python answers\n'

_files: list[io.FileIO] = []


def prepare() -> None:
    """From now on this process is asked; where it fails there are no stacks.

    To be called before the application is imported, and once it is, as it may have set handlers for
    all signals. The other signal asks whether the main thread still runs Python code: its handler
    is Python's.
    """
    # Between two handlers one of these signals would end the process.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        _close()
        _open()
    finally:
        # Whatever else the application blocks.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _open() -> None:
    signal.signal(QUESTION_SIGNAL, _answer)
    try:
        file = io.FileIO(above_standard(os.memfd_create(FILE_NAME)), 'r+')
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)  # Two threads may write at once.
        faulthandler.register(SIGNAL, file=file, all_threads=False)
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
        try:
            os.write(file.fileno(), ANSWER)
        except OSError:
            pass  # The application has closed what is ours.


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
